package main

/*
#include <stdint.h>
#include <stdlib.h>
static uintptr_t make(int n) { return (uintptr_t)calloc(1, n); }
static void drop(uintptr_t p) { free((void *)p); }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-healthy-uintptr",
		Illness: "none: a Go map of numbers keeps the addresses of the last four hundred blocks",
		Native:  true,
		Probes:  true,
		Healthy: true,
	}, healthyUintptr)
}

func healthyUintptr() {
	open := map[int]C.uintptr_t{}
	go func() {
		for k := 0; ; k++ {
			open[k] = C.make(C.int(100 + k%50))
			if k >= 400 {
				C.drop(open[k-400])
				delete(open, k-400)
			}
			time.Sleep(4 * time.Millisecond)
		}
	}()
	harness.Armed()
}
