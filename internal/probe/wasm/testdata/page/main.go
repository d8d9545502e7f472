//go:build js

// A page that shows a counter, changed by a timer, and keeps some goroutines.
package main

import (
	"strconv"
	"syscall/js"
	"time"
)

func main() {
	document := js.Global().Get("document")
	p := document.Call("createElement", "p")
	document.Get("body").Call("appendChild", p)
	for range 20 {
		go func() { <-make(chan int) }()
	}
	for n := 0; ; n++ {
		p.Set("textContent", strconv.Itoa(n))
		time.Sleep(100 * time.Millisecond)
	}
}
