package main

/*
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
static int label(int k) { char *s; return asprintf(&s, "frame %d of the animation, %s", k, "drawn"); }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-asprintf",
		Illness: "labels are made by asprintf and not freed",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.drawLabel"},
	}, asprintf)
}

//go:noinline
func drawLabel(k int) { C.label(C.int(k)) }

func asprintf() {
	go func() {
		for k := 0; ; k++ {
			drawLabel(k)
			time.Sleep(4 * time.Millisecond)
		}
	}()
	harness.Armed()
}
