// Kinds uses memory of the kinds that its arguments name, and waits for the end
// of its input.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
)

const amount = 100 << 20

var keep []any

// touched returns n bytes of the heap that are in memory.
func touched(n int) []byte {
	b := make([]byte, n)
	for i := 0; i < n; i += 4096 {
		b[i] = 1
	}
	return b
}

func main() {
	debug.SetGCPercent(-1) // what is garbage stays, unless it is told to go
	for _, arg := range os.Args[1:] {
		switch arg {
		case "live":
			keep = append(keep, touched(amount))
		case "small":
			for range amount / 64 {
				p := new([8]uint64)
				p[0] = 1
				keep = append(keep, p)
			}
		case "collect":
			runtime.GC()
		case "garbage":
			touched(amount)
		case "released":
			keep = nil
			touched(amount)
			debug.FreeOSMemory()
		case "file":
			keep = append(keep, mapped(os.Args[len(os.Args)-1]))
		case "shared":
			b, err := syscall.Mmap(-1, 0, amount, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON)
			fill(b, err)
		case "anonymous":
			b, err := syscall.Mmap(-1, 0, amount, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
			fill(b, err)
		case "goroutines":
			for range 20_000 {
				go func() { select {} }()
			}
			for range 50 {
				runtime.Gosched()
			}
		case "c":
			inC()
		}
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(keep)
}

func fill(b []byte, err error) {
	if err != nil {
		panic(err)
	}
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	keep = append(keep, b)
}

// mapped makes a file, maps it, and reads all of it.
func mapped(path string) []byte {
	f, err := os.Create(path)
	if err != nil {
		panic(err)
	}
	if _, err := f.Write(make([]byte, amount)); err != nil {
		panic(err)
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, amount, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	sum := byte(0)
	for i := 0; i < len(b); i += 4096 {
		sum += b[i]
	}
	keep = append(keep, sum)
	return b
}
