//go:build js

// Registers a listener for clicks and returns from main; nobody clicks yet.
package main

import "syscall/js"

func main() { // HERE
	document := js.Global().Get("document")
	document.Get("body").Set("textContent", "press here")
	document.Get("body").Call("addEventListener", "click", js.FuncOf(func(js.Value, []js.Value) any {
		document.Get("body").Set("textContent", "pressed")
		return nil
	}))
}
