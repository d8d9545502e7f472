//go:build js

// Makes a new callback for each frame and releases none.
package main

import "syscall/js"

var n int

func next() {
	js.Global().Call("requestAnimationFrame", js.FuncOf(func(js.Value, []js.Value) any { // HERE
		n++
		js.Global().Get("document").Get("body").Set("textContent", n)
		next()
		return nil
	}))
}

func main() {
	next()
	select {}
}
