//go:build js

// Draws by WebGL, on a canvas of the page's if there is one.
package main

import "syscall/js"

func context(canvas js.Value) js.Value {
	for _, kind := range []string{"webgl2", "webgl"} {
		if gl := canvas.Call("getContext", kind); !gl.IsNull() {
			return gl
		}
	}
	panic("cannot draw")
}

func main() {
	document := js.Global().Get("document")
	canvas := document.Call("getElementById", "screen")
	if canvas.IsNull() {
		canvas = document.Call("createElement", "canvas")
		document.Get("body").Call("appendChild", canvas)
	}
	gl := context(canvas)
	gl.Call("clearColor", 0.2, 0.5, 0.3, 1)
	gl.Call("clear", gl.Get("COLOR_BUFFER_BIT"))
	select {}
}
