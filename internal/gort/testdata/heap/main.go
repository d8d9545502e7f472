// Heap allocates objects of known sizes, says where they lie and how much the
// runtime counts, and waits for the end of its input.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
)

type node struct {
	next *node
	data [56]byte // 64 bytes in all
}

var keep []any

// later is what is allocated after the counts were read: too few objects to fill
// a span, so that they stay in a P's cache.
var later [60]*[5]int

func main() {
	procs, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	runtime.GOMAXPROCS(procs)
	n := new(node)
	n.next = n
	flat := make([]byte, 1000)     // class 1024, no pointers
	large := make([]byte, 5<<20+1) // a span of its own
	medium := make([]*node, 200)   // 1,600 bytes with a type header before: class 1792
	keep = append(keep, n, flat, large, medium)
	for range 20_000 {
		keep = append(keep, new(node))
	}
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	say(&m)
	for i := range later {
		later[i] = new([5]int)
	}
	fmt.Printf("object %p 64\n", n)
	fmt.Printf("object %p 1024\n", &flat[0])
	fmt.Printf("object %p %d\n", &large[0], 5<<20+8192)
	fmt.Printf("headed %p 1792\n", &medium[0])
	fmt.Printf("heap %d\n", m.HeapAlloc)
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(keep)
}
