package main

/*
#include <stdlib.h>
static char *line;
static void edit(int k) {
	int n = k % 400;
	if (n > 200) n = 400 - n;
	line = realloc(line, 1000 + 1000 * n);
	line[0] = k;
}
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-healthy-realloc",
		Illness: "none: one block is made larger and smaller again",
		Native:  true,
		Probes:  true,
		Healthy: true,
	}, healthyRealloc)
}

func healthyRealloc() {
	go func() {
		for k := 0; ; k++ {
			C.edit(C.int(k))
			time.Sleep(5 * time.Millisecond)
		}
	}()
	harness.Armed()
}
