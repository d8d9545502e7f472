// Grower keeps a part of what it allocates, and throws most of it away, until
// its input ends. It imports no profiler.
package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

type entry struct {
	next *entry
	data [1000]byte
}

var (
	cache *entry
	sink  []byte
)

//go:noinline
func remember() { cache = &entry{next: cache} }

//go:noinline
func forget() { sink = make([]byte, 64<<10) }

func main() {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println("ready")
	for {
		for range 20 {
			remember()
		}
		for range 10 {
			forget()
		}
		go func() { select {} }()
		time.Sleep(time.Millisecond)
	}
}
