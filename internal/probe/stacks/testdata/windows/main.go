// Windows has goroutines that stand still, each with windows of its own, and no
// display: what a toolkit keeps in the object of a window.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
)

type driver interface{ run() }

type native struct{}

func (*native) run() {}

// Window has the fields that are looked at, and is large.
type Window struct {
	ctx   driver
	queue [80]*int
	state struct{ pending bool }
	own   bool
	drv   driver
	last  struct{ size, other int }
}

type view struct {
	title string
	Window
}

type program struct{ main, popup *Window }

var d driver = &native{}

func open() *Window     { return &Window{ctx: d, drv: d, last: struct{ size, other int }{size: 1}} }
func gone() *Window     { return &Window{last: struct{ size, other int }{size: 1}} }
func again() *Window    { w := gone(); w.drv = d; return w }
func first() *Window    { w := again(); w.state.pending = true; return w }
func byItself() *Window { w := again(); w.own = true; return w }

//go:noinline
func use(...any) {}

//go:noinline
func stand[T any](v T) {
	<-make(chan int)
	use(v)
}

// hold starts a goroutine that has v on its stack.
func hold[T any](name string, v T) {
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("holds", name)))
	go stand(v)
}

// grow makes the stack large enough for all that comes: a smaller one would be
// given to another goroutine, with main's windows still on it.
//
//go:noinline
func grow(n int) {
	var b [4096]byte
	if use(&b[n]); n > 0 {
		grow(n - 1)
	}
}

func main() {
	grow(16)
	shared := open()
	hold("none", 1)
	hold("open", open())
	hold("gone", gone())
	hold("again", again())
	hold("first", first())
	hold("by-itself", byItself())
	hold("new", &Window{})
	hold("embedded-open", &view{Window: *open()})
	hold("embedded-gone", &view{Window: *gone()})
	hold("both", [2]*Window{open(), gone()})
	hold("new-and-gone", [2]*Window{new(Window), gone()})
	hold("behind-open", &program{main: open(), popup: gone()})
	hold("behind-gone", &program{popup: gone()})
	hold("another-serves", &program{main: shared, popup: gone()})
	hold("serves", shared)
	pprof.SetGoroutineLabels(context.Background())
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}
