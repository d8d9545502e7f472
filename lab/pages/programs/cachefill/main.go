//go:build js

// A page that allocates much and keeps little: rows that come and go.
package main

import (
	"fmt"
	"strings"
	"syscall/js"
	"time"
)

var recent [64]string

func main() {
	p := js.Global().Get("document").Call("createElement", "pre")
	js.Global().Get("document").Get("body").Call("appendChild", p)
	for n := 0; ; n++ {
		var b strings.Builder
		for i := range 400 {
			fmt.Fprintf(&b, "row %d of %d\n", i, n)
		}
		recent[n%len(recent)] = b.String()
		p.Set("textContent", b.String())
		time.Sleep(15 * time.Millisecond)
	}
}
