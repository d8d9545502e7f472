//go:build js

// Begins a loop that does not end, half a second after the page was shown.
package main

import (
	"syscall/js"
	"time"
)

var steps uint64

//go:noinline
func settle(target uint64) {
	for x := uint64(1); x != target; x = x*3 + 1 {
		steps++
		if x == 0 {
			x = 2
		}
	}
}

func main() {
	js.Global().Get("document").Get("body").Set("textContent", "ready")
	time.Sleep(500 * time.Millisecond)
	settle(0xfffffffffffffff6)
	js.Global().Get("document").Get("body").Set("textContent", "done")
}
