//go:build js

// Panics in a goroutine of its own: a map that was never made.
package main

import (
	"syscall/js"
	"time"
)

type cache struct{ entries map[string]int }

func (c *cache) put(key string, n int) {
	c.entries[key] = n // HERE
}

func main() {
	js.Global().Get("document").Get("body").Set("textContent", "ready")
	c := &cache{}
	go func() {
		time.Sleep(400 * time.Millisecond)
		c.put("a", 1)
	}()
	select {}
}
