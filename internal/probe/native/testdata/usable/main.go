// Loses C memory, and asks the allocator how much of each block may be used, until stdin
// ends.
package main

/*
#include <malloc.h>
#include <stdlib.h>

static char *volatile cell;
static void lose(void)
{
	char *p = malloc(100), *q = realloc(malloc(50), 70);
	if (malloc_usable_size(p) < 100 || malloc_usable_size(q) < 70)
		abort();
	cell = p;
	free(q);
}
*/
import "C"

import (
	"fmt"
	"io"
	"os"
	"time"
)

//go:noinline
func loses() { C.lose() }

func main() {
	go func() {
		for range time.Tick(5 * time.Millisecond) {
			loses()
		}
	}()
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}
