//go:build js

// Computes for a third of a second, again and again.
package main

import (
	"math"
	"syscall/js"
	"time"
)

var total float64

//go:noinline
func simulate(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := range 5000 {
			total += math.Sqrt(float64(i))
		}
	}
}

func main() {
	p := js.Global().Get("document").Call("createElement", "p")
	js.Global().Get("document").Get("body").Call("appendChild", p)
	for {
		simulate(350 * time.Millisecond)
		p.Set("textContent", total)
		time.Sleep(600 * time.Millisecond)
	}
}
