// Command cowner holds C memory from Go in known ways. It writes ready once it does. Each
// line of standard input is a step, after which it writes ok: what its arguments name
// grows by 40.
package main

/*
#include <stdlib.h>
#include <string.h>
#include <stdint.h>

struct node { struct node *next; char *text; char value[130]; };
struct opaque; // known to C's code alone

static void *volatile theirs[64];
static int n;
static void *share(size_t size) { void *p = malloc(size); memset(p, 1, size); theirs[n++ % 64] = p; return p; }
static void *get(size_t size) { void *p = malloc(size); memset(p, 1, size); return p; }
static struct opaque *open_it(void) { return get(4000); }
static struct node *push(struct node *head) {
	struct node *e = calloc(1, sizeof *e);
	e->text = strdup("a text of C's, in a list");
	e->next = head;
	return e;
}
// A list of C's own.
static struct node *volatile own;
static void remember(void) { own = push(own); }
*/
import "C"

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
	"unsafe"
)

type entry struct {
	name *C.char
	id   int
}

type handle struct { // without a pointer that Go knows
	addr uintptr
	more [2]uint64
}

type list struct {
	head *C.struct_node
	n    int
}

type shared struct{ p unsafe.Pointer } // C holds it, too

type opener struct { // whose C type Go does not know
	o    *C.struct_opaque
	more [2]uint64
}

type closer struct{ p *C.char }

var (
	cache   = map[int]*entry{}
	handles []*handle
	queue   *list
	both    []*shared
	opened  *opener
	closes  *closer
	lone    unsafe.Pointer
	number  uintptr

	texts = map[int]*C.char{}
	ring  [40]*C.char
)

func text(i, size int) *C.char {
	return C.CString(fmt.Sprintf("text %d %s", i, strings.Repeat("x", size)))
}

//go:noinline
func fill() {
	queue, opened, closes = &list{}, &opener{}, &closer{}
	for i := range 200 {
		cache[i] = &entry{text(i, 1000), i}
	}
	for range 100 {
		handles = append(handles, &handle{addr: uintptr(C.get(500))})
	}
	for range 300 {
		queue.head = C.push(queue.head)
		queue.n++
	}
	for range 10 {
		both = append(both, &shared{C.share(10000)})
	}
	for range 50 {
		C.remember()
	}
	opened.o = C.open_it()
	closes.p = text(0, 2500)
	runtime.AddCleanup(closes, func(p *C.char) { C.free(unsafe.Pointer(p)) }, closes.p)
	lone, number = C.get(3000), uintptr(C.get(3500))
}

//go:noinline
func step(what string) {
	for range 40 {
		switch what {
		case "map":
			texts[len(texts)] = text(len(texts), 1000)
		case "list":
			queue.head = C.push(queue.head)
			queue.n++
		case "entries":
			cache[len(cache)] = &entry{text(len(cache), 1000), len(cache)}
		}
	}
	if what == "ring" { // freed and made anew
		for i := range ring {
			C.free(unsafe.Pointer(ring[i]))
			ring[i] = text(i, 1000)
		}
	}
}

func init() { runtime.LockOSThread() } // main's thread is not the one that fills

func main() {
	done := make(chan bool)
	go func() {
		runtime.LockOSThread() // the thread ends with it: no register of C's keeps what it made
		fill()
		done <- true
	}()
	<-done
	runtime.GC()
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		for _, what := range os.Args[1:] {
			step(what)
		}
		fmt.Println("ok")
	}
}
