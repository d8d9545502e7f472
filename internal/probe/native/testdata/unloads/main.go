// Loses C memory in a library that it loads for each time, and unloads, until stdin
// ends. Its argument is the library.
package main

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>

static char *volatile cell;
static int lose(const char *library) {
	void *h = dlopen(library, RTLD_NOW);
	if (!h) return 1;
	void *(*make)(size_t) = (void *(*)(size_t))dlsym(h, "make");
	cell = make ? make(60) : 0;
	cell = 0;
	return dlclose(h);
}
*/
import "C"

import (
	"bufio"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

//go:noinline
func loses(library *C.char) bool { return C.lose(library) == 0 }

func main() {
	library := C.CString(os.Args[1])
	var count atomic.Int64
	go func() {
		for loses(library) {
			count.Add(1)
			time.Sleep(2 * time.Millisecond)
		}
		os.Exit(3)
	}()
	time.Sleep(100 * time.Millisecond)
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Println(count.Load())
	}
}
