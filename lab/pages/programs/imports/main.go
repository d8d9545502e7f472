//go:build js

// Imports a function of the page's own.
package main

import "syscall/js"

//go:wasmimport env now
func now() float64

func main() {
	js.Global().Get("document").Get("body").Set("textContent", now())
	select {}
}
