// A program that opens files and things of a C library of its own, and closes some.
package main

/*
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <signal.h>
#include <time.h>

static void timer_use(void) { // glibc exports three versions of each
	struct sigevent e = {.sigev_notify = SIGEV_NONE};
	timer_t t;
	if (timer_create(CLOCK_MONOTONIC, &e, &t) == 0) timer_delete(t);
}

static int things[1 << 16], made;

// Things are places in an array: no memory is allocated for one.
__attribute__((noinline)) int thing_open(int id, int **out) {
	if (id < 0) {
		return EINVAL;
	}
	*out = &things[made++ & 0xffff];
	return 0;
}
__attribute__((noinline)) void thing_close(int **at) { **at = 0; *at = NULL; }

__attribute__((noinline)) void names_make(int n, unsigned *out) {
	for (int i = 0; i < n; i++) out[i] = 1000 + made++;
}
__attribute__((noinline)) void names_end(int n, const unsigned *names) { things[names[0] & 0xffff] = n; }

// A way of its own to open a file, which is closed as all others are.
__attribute__((noinline)) FILE *own_open(const char *name) { return fopen(name, "r"); }

__attribute__((noinline)) int int_open(int fails) { return fails ? -1 : 4000 + made++; }
__attribute__((noinline)) int int_close(int handle) { return things[handle & 0xffff]; }

__attribute__((noinline)) void *bad_open(int fails) { return fails ? (void *)-1 : (void *)things; }
__attribute__((noinline)) int bad_close(int a, int b, void *p) { return p != NULL; }
*/
import "C"

import (
	"bufio"
	"fmt"
	"os"
	"time"
	"unsafe"
)

var (
	name = C.CString("/dev/null")
	mode = C.CString("r")
)

//go:noinline
func keepsFile() *C.FILE { return C.fopen(name, mode) }

//go:noinline
func usesFile() { C.fclose(C.fopen(name, mode)) }

//go:noinline
func keepsThing() {
	var p *C.int
	C.thing_open(1, &p)
}

//go:noinline
func usesThing() {
	var p *C.int
	C.thing_open(1, &p)
	C.thing_close(&p)
}

//go:noinline
func failsThing() {
	p := (*C.int)(unsafe.Pointer(name))
	C.thing_open(-1, &p)
}

//go:noinline
func keepsNames() {
	var of [5]C.uint
	C.names_make(5, &of[0])
	C.names_end(2, &of[3])
}

//go:noinline
func usesTimer() { C.timer_use() }

//go:noinline
func usesOwn() { C.fclose(C.own_open(name)) }

//go:noinline
func triesBad() {
	C.int_open(1)
	C.int_close(C.int_open(0))
	C.bad_open(1)
	C.bad_close(1, 2, C.bad_open(0))
}

func main() {
	C.timer_use() // its number is not 0 any more
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	var kept []*C.FILE
	for range 50 {
		kept = append(kept, keepsFile())
		usesFile()
		keepsThing()
		usesThing()
		failsThing()
		keepsNames()
		triesBad()
		usesOwn()
		usesTimer()
		time.Sleep(30 * time.Millisecond)
	}
	fmt.Println("done", len(kept))
	in.Scan()
}
