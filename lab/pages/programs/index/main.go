//go:build js

// Panics at once: an index that is too large.
package main

import (
	"strings"
	"syscall/js"
)

type row struct{ cells []string }

func (r *row) cell(i int) string {
	return r.cells[i] // HERE
}

func main() {
	r := &row{cells: strings.Split("a,b,c", ",")}
	js.Global().Get("document").Get("body").Set("textContent", r.cell(3))
	select {}
}
