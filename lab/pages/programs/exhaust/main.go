//go:build js

// Asks for more memory than there are addresses.
package main

import (
	"syscall/js"
	"time"
)

var tiles [][]byte

//go:noinline
func allocate() {
	tiles = append(tiles, make([]byte, 1<<30)) // HERE
}

func main() {
	js.Global().Get("document").Get("body").Set("textContent", "ready")
	for {
		allocate()
		time.Sleep(100 * time.Millisecond)
	}
}
