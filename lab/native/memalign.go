package main

/*
#include <stdlib.h>
#include <string.h>
static int frame(size_t n) { void *p; if (posix_memalign(&p, 64, n)) return -1; memset(p, 1, n); return ((char *)p)[n / 2]; }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-memalign",
		Illness: "each frame gets an aligned buffer, which is not given back",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.decodeFrame"},
	}, memalign)
}

//go:noinline
func decodeFrame() int { return int(C.frame(20 << 10)) }

func memalign() {
	go func() {
		for {
			decodeFrame()
			time.Sleep(30 * time.Millisecond)
		}
	}()
	harness.Armed()
}
