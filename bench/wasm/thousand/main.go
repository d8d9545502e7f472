//go:build js

// A page with 1,000 goroutines that wait, each for something of its own, and with as
// much memory as its address says: ?MB. With ?MB,busy its thread computes from the third
// second on.
package main

import (
	"strconv"
	"strings"
	"sync"
	"syscall/js"
	"time"
)

var ballast []byte

func main() {
	search := strings.TrimPrefix(js.Global().Get("location").Get("search").String(), "?")
	size, busy, _ := strings.Cut(search, ",")
	if mb, err := strconv.Atoi(size); err == nil {
		ballast = make([]byte, mb<<20+1)
		for i := range ballast {
			ballast[i] = byte(i)
		}
	}
	var mu sync.Mutex
	mu.Lock()
	for i := range 1000 {
		switch i % 3 {
		case 0:
			go func() { <-make(chan int) }()
		case 1:
			go func() { mu.Lock() }()
		default:
			go func() { time.Sleep(time.Hour) }()
		}
	}
	js.Global().Get("document").Get("body").Set("textContent", "ready")
	js.Global().Call("setInterval", js.FuncOf(func(js.Value, []js.Value) any { return nil }), 1000)
	if busy != "" {
		time.Sleep(3 * time.Second)
		for n := 0; ; n++ {
			ballast[n%len(ballast)]++
		}
	}
	select {}
}
