package main

/*
#include <stdlib.h>
#include <string.h>
static int fill(void *p, size_t n, int k) { memset(p, k, n); return k % 10 ? 0 : -1; }
*/
import "C"

import (
	"errors"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-error-return",
		Illness: "a block of C.malloc is freed, but not where the function returns an error: one time in ten",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.readBlock"},
	}, errorReturn)
}

var errBusy = errors.New("busy")

//go:noinline
func readBlock(k int) error {
	p := C.malloc(3000)
	if C.fill(p, 3000, C.int(k)) != 0 {
		return errBusy
	}
	C.free(p)
	return nil
}

func errorReturn() {
	go func() {
		for k := 0; ; k++ {
			_ = readBlock(k)
			time.Sleep(2 * time.Millisecond)
		}
	}()
	harness.Armed()
}
