// Allocates and frees C memory about a hundred thousand times a second, beside some
// work, and prints every quarter of a second: time in ns, rounds so far, ns of CPU that
// its thread has used; first how much work a round has, which may be given.
package main

/*
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static char *volatile cell;
static uint64_t seed = 1;
static uint64_t rounds;

// A round: some microseconds of work, a block allocated and freed.
static void work(int n, int spin) {
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < spin; k++) seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		char *p = malloc(64);
		*p = (char)seed;
		cell = p;
		if (rounds++ % 1000 != 0) free(p); // one in a thousand is lost
	}
}
static uint64_t now(clockid_t c) { struct timespec t; clock_gettime(c, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static uint64_t cpu(void) { return now(CLOCK_THREAD_CPUTIME_ID); }
static uint64_t wall(void) { return now(CLOCK_MONOTONIC); }
static uint64_t count(void) { return rounds; }
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
)

func main() {
	runtime.LockOSThread()
	spin := C.int(1000)
	if len(os.Args) > 1 {
		n, _ := strconv.Atoi(os.Args[1])
		spin = C.int(n)
	}
	for range 20 * (2 - len(os.Args)) { // until a round takes ten microseconds of CPU
		from := C.cpu()
		C.work(200, spin)
		took := max(float64(C.cpu()-from)/200, 1)
		spin = max(C.int(float64(spin)*10000/took), 1)
	}
	fmt.Println("spin", spin)
	next := C.wall()
	for {
		C.work(100, spin)
		if now := C.wall(); now >= next {
			next = now + C.uint64_t(250*time.Millisecond)
			fmt.Println(now, C.count(), C.cpu())
		}
	}
}
