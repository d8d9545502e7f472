// Leaking keeps a part of what it allocates, says where it lies what the test
// looks for, and goes on until its input ends. It imports no profiler.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
)

var (
	kept   [][]byte
	thrown []byte
)

//go:noinline
func leak() { kept = append(kept, make([]byte, 3000)) } // class 3072

//go:noinline
func throw() { thrown = make([]byte, 10_000) } // class 10240

// inlined is part of its caller's code.
func inlined() { kept = append(kept, make([]byte, 6000)) } // class 6144

func main() {
	fmt.Printf("rate %p %d\n", &runtime.MemProfileRate, runtime.MemProfileRate)
	fmt.Println("ready")
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		for range 20 {
			leak()
			throw()
		}
		inlined()
		runtime.GC()
		time.Sleep(time.Millisecond)
		if len(kept) > 100_000 {
			kept = kept[:0]
		}
	}
}
