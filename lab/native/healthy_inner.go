package main

/*
#include <stdlib.h>
static char *kept[300];
static void keep(int k) { int i = k % 300; if (kept[i]) free(kept[i] - 32); kept[i] = (char *)calloc(1, 500) + 32; }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-healthy-inner",
		Illness: "none: a library keeps pointers behind the header of its blocks only",
		Native:  true,
		Probes:  true,
		Healthy: true,
	}, healthyInner)
}

func healthyInner() {
	go func() {
		for k := 0; ; k++ {
			C.keep(C.int(k))
			time.Sleep(4 * time.Millisecond)
		}
	}()
	harness.Armed()
}
