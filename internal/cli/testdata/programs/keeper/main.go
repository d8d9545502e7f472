// Command keeper keeps orders: in a map for good, and in a channel. With "grows" it
// takes new ones all the time. It says "ready" and its pid, and ends with its input
// or after two minutes.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"
)

type order struct {
	Number  int
	Name    string
	Paid    bool
	Weight  float64
	product *product
	lines   []string
	watch   func()
	any     any
	next    *order
}

type product struct{ picture [500]byte }

var (
	orders  = map[string]*order{}
	pending = make(chan *order, 100)
	shared  = &product{}
)

func newOrder(i int) *order {
	o := &order{Number: i, Name: fmt.Sprintf("order %d", i), Paid: i%2 == 0, Weight: 1.5, product: &product{}, lines: []string{"apples", "pears"}, any: shared}
	o.watch = func() { fmt.Println(o.Number) }
	return o
}

func main() {
	// Where Yama guards processes, only a parent may look into one, and gomedic is
	// not ours: let it (prctl(2), PR_SET_PTRACER, PR_SET_PTRACER_ANY).
	syscall.RawSyscall(syscall.SYS_PRCTL, 0x59616d61, ^uintptr(0), 0)
	time.AfterFunc(2*time.Minute, func() { os.Exit(0) })
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	n := 0
	add := func() {
		n++
		orders[fmt.Sprintf("no. %d", n)] = newOrder(n)
	}
	for range 300 {
		add()
	}
	for i := range 50 {
		pending <- newOrder(1000 + i)
	}
	runtime.GC()
	fmt.Println("ready", os.Getpid())
	for range time.Tick(10 * time.Millisecond) {
		if len(os.Args) > 1 && os.Args[1] == "grows" {
			for range 20 {
				add()
			}
		}
	}
}
