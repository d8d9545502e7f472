// Loses C memory, keeps C memory, and allocates and frees it, until stdin ends.
package main

/*
#include <stdlib.h>
#include <string.h>

struct item { struct item *next; char data[100]; };
static struct item *items;
static void keep(void) { struct item *i = calloc(1, sizeof *i); i->next = items; items = i; }
static char *volatile cell;
static void pair(int n) { for (int i = 0; i < n; i++) { char *p = malloc(40 + i % 100); cell = p; free(p); } }
__attribute__((noinline)) static char *copy(const char *s) { char *p = strdup(s); cell = p; return p; }
static int lose(int n) { char b[20]; memset(b, 'a' + n % 26, sizeof b); b[19] = 0; return copy(b)[0]; }
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"
)

type picture struct{ pixels unsafe.Pointer }

var shown *picture

//go:noinline
func loses(n int) { C.lose(C.int(n)) }

//go:noinline
func keeps() { C.keep() }

//go:noinline
func pairs(n int) { C.pair(C.int(n)) }

//go:noinline
func finalized() {
	shown = &picture{C.calloc(1, 700)}
	runtime.SetFinalizer(shown, func(p *picture) { C.free(p.pixels) })
}

func main() {
	many := 4
	if len(os.Args) > 1 {
		many = 4000
	}
	go func() {
		for n := 0; ; n++ {
			loses(n)
			keeps()
			pairs(many)
			finalized()
			time.Sleep(2 * time.Millisecond)
		}
	}()
	time.Sleep(100 * time.Millisecond)
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1))
}
