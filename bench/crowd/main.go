//go:build linux && cgo

// Command crowd is the benchmark's plain program: many parked goroutines, and a
// main goroutine that waits for a lock for ever.
//
//	crowd N    N goroutines wait on a channel, eight calls deep
//
// It prints "ready" when all of them stand. A line on its standard input makes it
// time one runtime.Stack of all goroutines and print the nanoseconds; it ends with
// its standard input.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	_ "runtime/cgo" // links the C library, so that the heartbeat can be loaded
	"strconv"
	"sync"
	"time"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: crowd N")
		os.Exit(2)
	}
	n, err := strconv.Atoi(os.Args[1])
	if err != nil || n < 0 || n > 1_000_000 {
		fmt.Fprintln(os.Stderr, "crowd: how many goroutines?", err)
		os.Exit(2)
	}
	var begun sync.WaitGroup
	begun.Add(n)
	never := make(chan int)
	for range n {
		go deep(8, &begun, never)
	}
	begun.Wait()
	var store store
	store.mu.Lock()
	go serve()
	store.count()
}

type store struct {
	mu sync.Mutex
	n  int
}

//go:noinline
func (s *store) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

//go:noinline
func deep(n int, begun *sync.WaitGroup, never chan int) int {
	if n > 1 {
		return deep(n-1, begun, never) + 1
	}
	begun.Done()
	return <-never
}

// serve times runtime.Stack when it is asked to.
func serve() {
	buf := make([]byte, 64<<20)
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		start := time.Now()
		runtime.Stack(buf, true)
		fmt.Println(time.Since(start).Nanoseconds())
	}
	os.Exit(0)
}
