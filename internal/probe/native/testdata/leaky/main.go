// Holds and loses C memory in known ways: writes "class address" for each, then
// "ready", and waits for stdin to end.
package main

/*
#include <stdlib.h>
#include <stdint.h>
#include <string.h>

void *volatile kept[100];
static void keep(int i, void *p) { kept[i] = p; }
static uintptr_t get(size_t n) { void *p = malloc(n); memset(p, 0x11, n); return (uintptr_t)p; }
*/
import "C"

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"unsafe"
)

type wrapper struct {
	name *C.char
	id   int
}

type handle struct{ addr uintptr } // without a pointer that Go knows

var (
	wrappers []*wrapper
	handles  []*handle
	dropped  = map[int]uintptr{}
	out      = bufio.NewWriter(os.Stdout)
)

func say(class string, p uintptr) { fmt.Fprintf(out, "%s %#x\n", class, p) }

//go:noinline
func garbage(n int) {
	for i := range n { // held by garbage of Go's alone
		w := &wrapper{C.CString(fmt.Sprintf("garbage %d", i)), i}
		say("lost", uintptr(unsafe.Pointer(w.name)))
	}
}

//go:noinline
func work() {
	for i := range 300 {
		w := &wrapper{C.CString(fmt.Sprintf("held %d", i)), i}
		wrappers = append(wrappers, w)
		say("held", uintptr(unsafe.Pointer(w.name)))
		h := &handle{uintptr(C.get(100))}
		handles = append(handles, h)
		say("held", h.addr)
	}
	for i := range 100 {
		p := unsafe.Pointer(uintptr(C.get(5000)))
		C.keep(C.int(i), p)
		say("held", uintptr(p))
	}
	for i := range 1000 {
		say("lost", uintptr(C.get(C.size_t(16+i%500))))
	}
	garbage(500)
}

//go:noinline
func wipe(n int) int { // the stack that was used
	var a [1024]int
	for i := range a {
		a[i] = n
	}
	if n > 0 {
		return wipe(n-1) + a[n%1024]
	}
	return a[0]
}

func main() {
	work()
	out.Flush()
	*out = *bufio.NewWriter(os.Stdout)
	done := make(chan int)
	go func() { done <- wipe(50) }()
	<-done
	wipe(50)
	runtime.GC()
	runtime.GC()

	held := C.get(77) // by this goroutine's stack
	fmt.Printf("held %#x\nready\n", uintptr(held))
	os.Stdin.Read(make([]byte, 1))
	runtime.KeepAlive(held)
	fmt.Println(held, len(wrappers), len(handles))
}
