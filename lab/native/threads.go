package main

/*
#include <stdlib.h>
#include <string.h>
static size_t work(int k) { char *p = malloc(1200); memset(p, k + 1, 1200); return strlen(p) % 7; }
*/
import "C"

import (
	"runtime"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-threads",
		Illness: "four threads, each with an arena of its own, leave a block for each tile",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.renderTile"},
	}, threads)
}

//go:noinline
func renderTile(k int) { C.work(C.int(k)) }

func threads() {
	for range 4 {
		go func() {
			runtime.LockOSThread()
			for k := 0; ; k++ {
				renderTile(k % 100)
				time.Sleep(8 * time.Millisecond)
			}
		}()
	}
	harness.Armed()
}
