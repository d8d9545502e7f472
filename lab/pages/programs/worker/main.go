//go:build js

// A program for a Web Worker: it computes without a pause and posts what it has.
package main

import (
	"syscall/js"
	"time"
)

func work() (n int) {
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); n++ {
	}
	return n
}

func main() {
	for {
		js.Global().Call("postMessage", work())
		time.Sleep(10 * time.Millisecond)
	}
}
