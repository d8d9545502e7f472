//go:build js

// Two goroutines wait for each other's lock, and main for both.
package main

import (
	"sync"
	"syscall/js"
	"time"
)

var rows, columns sync.Mutex

func transfer(from, to *sync.Mutex) {
	from.Lock()
	defer from.Unlock()
	time.Sleep(50 * time.Millisecond)
	to.Lock()
	defer to.Unlock()
}

func finish(wg *sync.WaitGroup) {
	wg.Wait() // HERE
}

func main() {
	var wg sync.WaitGroup
	wg.Go(func() { transfer(&rows, &columns) })
	wg.Go(func() { transfer(&columns, &rows) })
	finish(&wg)
	js.Global().Get("document").Get("body").Set("textContent", "done")
}
