//go:build js

// A page that draws frames, and computes for a while every second.
package main

import (
	"fmt"
	"os"
	"syscall/js"
	"time"
)

var sink float64

//go:noinline
func crunch(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := range 10000 {
			sink += float64(i) * 1.0001
		}
	}
}

func main() {
	fmt.Fprintln(os.Stderr, "hello")
	document := js.Global().Get("document")
	p := document.Call("createElement", "p")
	document.Get("body").Call("appendChild", p)
	n := 0
	var frame js.Func
	frame = js.FuncOf(func(js.Value, []js.Value) any {
		n++
		p.Set("textContent", n)
		js.Global().Call("requestAnimationFrame", frame)
		return nil
	})
	js.Global().Call("requestAnimationFrame", frame)
	for {
		time.Sleep(800 * time.Millisecond)
		crunch(200 * time.Millisecond)
	}
}
