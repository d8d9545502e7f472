// Busy has goroutines that constantly lock, send, call deeply, make system
// calls, panic and collect garbage, each on one known chain of calls.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

var (
	mu    sync.Mutex
	rw    sync.RWMutex
	count int
	spun  atomic.Int64
)

//go:noinline
func spinHere() {
	for {
		spun.Add(1) // the spin
	}
}

func locker() {
	for {
		lockA()
		lockB()
	}
}

//go:noinline
func lockA() { mu.Lock(); count++; mu.Unlock() }

//go:noinline
func lockB() { rw.RLock(); lockA(); rw.RUnlock() }

func sender(c chan int) {
	for i := 0; ; i++ {
		push(c, i)
	}
}

//go:noinline
func push(c chan int, i int) { c <- i }

func receiver(c chan int) {
	for {
		pull(c)
		pullTwo(c)
	}
}

//go:noinline
func pull(c chan int) int { return <-c }

//go:noinline
func pullTwo(c chan int) int { return pull(c) + pull(c) }

func grower() {
	for {
		grow(300)
		runtime.Gosched()
	}
}

//go:noinline
func grow(n int) int {
	var pad [100]byte
	if n == 0 {
		runtime.Gosched()
		return int(pad[0])
	}
	return grow(n-1) + int(pad[n%100])
}

func caller(fd int) {
	for {
		callOne(fd)
		callTwo(fd)
	}
}

//go:noinline
func callOne(fd int) { writeOut(fd) }

//go:noinline
func callTwo(fd int) { writeAgain(fd) }

//go:noinline
func writeAgain(fd int) { writeOut(fd) }

//go:noinline
func writeOut(fd int) { var b [8]byte; syscall.Write(fd, b[:]) }

func starter() {
	for {
		var wg sync.WaitGroup
		wg.Add(1)
		go child(&wg)
		wg.Wait()
	}
}

//go:noinline
func child(wg *sync.WaitGroup) { runtime.Gosched(); wg.Done() }

func thrower() {
	for {
		throwOne()
	}
}

//go:noinline
func throwOne() {
	defer caught()
	panic(count)
}

//go:noinline
func caught() { recover(); runtime.Gosched() }

func collector() {
	for {
		runtime.GC()
	}
}

func main() {
	if len(os.Args) > 1 {
		go spinHere()
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
		return
	}
	fd, err := syscall.Open("/dev/null", syscall.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	c := make(chan int)
	for range 8 {
		go locker()
		go sender(c)
		go receiver(c)
		go grower()
		go caller(fd)
		go starter()
	}
	go thrower()
	go collector()
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}
