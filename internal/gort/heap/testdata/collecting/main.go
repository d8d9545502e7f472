// Collecting collects its garbage all the time, while it replaces what it holds,
// until its input ends.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"unsafe"
)

type node struct {
	next *node
	wide *[80]*node
	data [3]int
}

// rings are lists that are replaced from the front.
var rings [4]*node

const length = 500

func add(head *node, n int) *node {
	x := &node{next: head, wide: new([80]*node)}
	x.wide[n%80] = &node{}
	return x
}

func cut(head *node) {
	x := head
	for range length {
		if x == nil {
			return
		}
		x = x.next
	}
	if x != nil {
		x.next = nil
	}
}

func main() {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	var started sync.WaitGroup
	for i := range rings {
		started.Add(1)
		go func() {
			for n := 0; ; n++ {
				rings[i] = add(rings[i], n)
				if n%64 == 0 {
					cut(rings[i])
				}
				if n == 2*length {
					started.Done()
				}
			}
		}()
	}
	started.Wait()
	fmt.Printf("rings %#x\n", uintptr(unsafe.Pointer(&rings)))
	fmt.Println("ready")
	for {
		runtime.GC()
	}
}
