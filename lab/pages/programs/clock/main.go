//go:build js

// A page that shows the time, by a callback that is made once.
package main

import (
	"syscall/js"
	"time"
)

func main() {
	document := js.Global().Get("document")
	p := document.Call("createElement", "p")
	document.Get("body").Call("appendChild", p)
	tick := js.FuncOf(func(js.Value, []js.Value) any {
		p.Set("textContent", time.Now().Format(time.TimeOnly))
		return nil
	})
	js.Global().Call("setInterval", tick, 200)
	select {}
}
