// Queues has a finalizer and a cleanup that do not come back, and others that wait
// behind them.
package main

import (
	"io"
	"os"
	"runtime"
)

type box struct {
	next *box
	data [56]byte
}

var block = make(chan struct{})

//go:noinline
func finalize(*box) { <-block }

//go:noinline
func clean(int) { <-block }

//go:noinline
func drop() {
	for range 40 {
		b := new(box)
		runtime.SetFinalizer(b, finalize)
		c := new(box)
		runtime.AddCleanup(c, clean, 7)
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	drop()
	runtime.GC()
	runtime.GC()
	os.Stdout.WriteString("ready\n")
	io.Copy(io.Discard, os.Stdin)
}
