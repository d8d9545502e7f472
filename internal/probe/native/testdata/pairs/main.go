// Allocates and frees C memory by every function that does, when it is told to, and
// then says how often.
package main

/*
#define _GNU_SOURCE
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *volatile sink;

__attribute__((noinline)) static void *deeper(size_t n) { void *p = malloc(n); sink = p; return p; }
static void inC(int n) { for (int i = 0; i < n; i++) sink = deeper(64); }
static void callocs(int n) { for (int i = 0; i < n; i++) free(sink = calloc(1, 10 + i % 5000)); }
static void callocsLeft(int n) { for (int i = 0; i < n; i++) sink = calloc(3, 50); }
static void grows(int n) {
	void *p = 0;
	for (int i = 1; i <= n; i++) { p = realloc(p, 100 * i); sink = p; }
	free(p);
}
static void shrinks(int n) {
	for (int i = 1; i <= n; i++) { void *p = malloc(1000); sink = p; p = realloc(p, 10); sink = p; free(p); }
}
static void reallocLeft(int n) { for (int i = 0; i < n; i++) { void *p = malloc(10); sink = p; sink = realloc(p, 3000); } }
static void aligned(int n) {
	for (int i = 0; i < n; i++) {
		void *p;
		if (posix_memalign(&p, 256, 1000)) abort();
		sink = p;
		free(p);
		sink = memalign(64, 100);
		free(sink);
		sink = aligned_alloc(64, 640);
	}
}
static void large(int n) { for (int i = 0; i < n; i++) { void *p = malloc(1 << 20); sink = p; if (i % 2) free(p); } }
static void dup(int n) { for (int i = 0; i < n; i++) { sink = strdup("a string"); if (i % 3) free(sink); } }
*/
import "C"

import (
	"fmt"
	"io"
	"os"
	"sync"
	"unsafe"
)

//go:noinline
func strings(n int) {
	for i := range n {
		s := C.CString("hello")
		if i%10 != 0 {
			C.free(unsafe.Pointer(s))
		}
	}
}

//go:noinline
func leakInC(n int) { C.inC(C.int(n)) }

func main() {
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1))
	strings(1000)
	leakInC(70)
	C.callocs(500)
	C.callocsLeft(30)
	C.grows(200)
	C.shrinks(100)
	C.reallocLeft(20)
	C.aligned(40)
	C.large(50)
	C.dup(90)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { strings(1000) })
	}
	wg.Wait()
	fmt.Println("done")
	io.Copy(io.Discard, os.Stdin)
}
