//go:build js

// Keeps every frame that it was given.
package main

import (
	"syscall/js"
	"time"
)

var history [][]byte

//go:noinline
func remember() {
	frame := make([]byte, 96<<10)
	for i := range frame {
		frame[i] = byte(i)
	}
	history = append(history, frame)
}

func main() {
	js.Global().Get("document").Get("body").Set("textContent", "ready")
	for {
		remember()
		time.Sleep(20 * time.Millisecond)
	}
}
