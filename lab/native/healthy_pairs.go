package main

/*
#include <stdlib.h>
#include <string.h>
static size_t shown(const char *s) { return strlen(s); }
*/
import "C"

import (
	"time"
	"unsafe"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-healthy-pairs",
		Illness: "none: a hundred thousand strings a second are made and freed",
		Native:  true,
		Probes:  true,
		Healthy: true,
		Short:   true,
	}, healthyPairs)
}

func healthyPairs() {
	go func() {
		for n := 0; ; n++ {
			s := C.CString("a title")
			C.shown(s)
			C.free(unsafe.Pointer(s))
			if n%200 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	harness.Armed()
}
