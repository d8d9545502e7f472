//go:build js

// A page that computes for half a second before it shows anything, as programs do
// that decode their data, and then waits for clicks.
package main

import (
	"crypto/sha256"
	"syscall/js"
	"time"
)

var digest [32]byte

func prepare() {
	for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); {
		digest = sha256.Sum256(digest[:])
	}
}

func main() {
	prepare()
	document := js.Global().Get("document")
	for range 30 {
		b := document.Call("createElement", "button")
		b.Set("textContent", "press")
		b.Call("addEventListener", "click", js.FuncOf(func(this js.Value, _ []js.Value) any {
			this.Set("textContent", "pressed")
			return nil
		}))
		document.Get("body").Call("appendChild", b)
	}
	select {}
}
