// Command wasm is a page's program with goroutines in many states.
package main

import (
	"os"
	"strconv"
	"sync"
	"syscall/js"
	"time"
)

type store struct {
	mu    sync.Mutex
	items map[string]int
}

var shared = &store{items: map[string]int{"a": 1}}

var opened = make(chan struct{})

func holdAndWait(ch chan int) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.items["b"] = <-ch
}

func wantLock() {
	shared.mu.Lock()
	shared.items["c"]++
	shared.mu.Unlock()
}

func waitForMany(a, b chan int) {
	select {
	case <-a:
	case b <- 1:
	}
}

func sleeper() { time.Sleep(time.Hour) }

func deep(n int) int {
	if n == 0 {
		<-opened
		return 0
	}
	return deep(n-1) + 1
}

func main() {
	count := 1
	if len(os.Args) > 1 {
		count, _ = strconv.Atoi(os.Args[1])
	}
	ch := make(chan int)
	go holdAndWait(ch)
	go waitForMany(make(chan int), make(chan int))
	go deep(300)
	timers := len(os.Args) > 2
	if timers {
		go sleeper()
		time.AfterFunc(time.Hour, func() {})
	}
	time.Sleep(time.Millisecond)
	for range count {
		go wantLock()
	}
	released := js.FuncOf(func(js.Value, []js.Value) any { return 2 })
	released.Release()
	called := js.FuncOf(func(js.Value, []js.Value) any { return 1 })
	js.Global().Set("called", called)
	time.Sleep(time.Millisecond)
	println("ready")
	var wg sync.WaitGroup
	wg.Add(1)
	wg.Wait()
	called.Release()
}
