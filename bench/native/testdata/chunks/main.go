// Holds a million blocks of C memory in a list, loses a tenth as many, and waits.
package main

/*
#include <stdlib.h>
struct node { struct node *next; char data[40]; };
static struct node *held[4];
static char *volatile cell;
static void make(int list, int n) {
	for (int i = 0; i < n; i++) {
		struct node *p = malloc(sizeof *p + (i * 7) % 300);
		p->next = held[list];
		held[list] = p;
		if (i % 10 == 0) { cell = malloc(100); *cell = 1; }
	}
	cell = 0;
}
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"sync"
)

func main() {
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			runtime.LockOSThread()
			C.make(C.int(i), 250_000)
		})
	}
	wg.Wait()
	runtime.GC()
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1))
}
