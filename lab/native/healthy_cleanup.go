package main

/*
#include <stdlib.h>
*/
import "C"

import (
	"runtime"
	"time"
	"unsafe"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-healthy-cleanup",
		Illness: "none: sounds are freed by runtime.AddCleanup",
		Native:  true,
		Probes:  true,
		Healthy: true,
	}, healthyCleanup)
}

type sound struct {
	samples unsafe.Pointer
	rate    int
}

func newSound() *sound {
	s := &sound{C.calloc(1, 1500), 44100}
	runtime.AddCleanup(s, func(p unsafe.Pointer) { C.free(p) }, s.samples)
	return s
}

var played *sound

func healthyCleanup() {
	go func() {
		for n := 0; ; n++ {
			played = newSound()
			if n%300 == 0 {
				runtime.GC()
			}
			time.Sleep(2 * time.Millisecond)
		}
	}()
	harness.Armed()
}
