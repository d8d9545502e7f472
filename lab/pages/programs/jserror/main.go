//go:build js

// Panics because a call of JavaScript throws.
package main

import "syscall/js"

func attach(id string) {
	element := js.Global().Get("document").Call("getElementById", id)
	element.Call("appendChild", js.Global().Get("document").Call("createElement", "p")) // HERE
}

func main() {
	attach("no-such-element")
	select {}
}
