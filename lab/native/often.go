package main

/*
#include <stdlib.h>
#include <string.h>
static char *volatile cell;
static int touch(int k) { char *p = malloc(64); p[0] = k; cell = p; if (k % 100 == 0) return 1; free(p); return 0; }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-often",
		Illness: "of very many blocks one in a hundred is not freed",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.touchAll"},
	}, often)
}

//go:noinline
func touchAll() {
	for k := range 500 {
		C.touch(C.int(k))
	}
}

func often() {
	go func() {
		for {
			touchAll()
			time.Sleep(5 * time.Millisecond)
		}
	}()
	harness.Armed()
}
