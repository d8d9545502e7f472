//go:build js

// Registers a callback and returns from main: the page then calls what is gone.
package main

import "syscall/js"

func main() { // HERE
	document := js.Global().Get("document")
	document.Get("body").Set("textContent", "ready")
	js.Global().Call("setInterval", js.FuncOf(func(js.Value, []js.Value) any {
		document.Get("body").Set("textContent", "again")
		return nil
	}), 300)
}
