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
		Name:    "native-healthy-finalizer",
		Illness: "none: pictures are freed by their finalizers, after each collection",
		Native:  true,
		Probes:  true,
		Healthy: true,
	}, healthyFinalizer)
}

type picture struct{ pixels unsafe.Pointer }

func newPicture() *picture {
	p := &picture{C.calloc(1, 2000)}
	runtime.SetFinalizer(p, func(p *picture) { C.free(p.pixels) })
	return p
}

var shownPicture *picture

func healthyFinalizer() {
	go func() {
		for n := 0; ; n++ {
			shownPicture = newPicture()
			if n%300 == 0 {
				runtime.GC()
			}
			time.Sleep(2 * time.Millisecond)
		}
	}()
	harness.Armed()
}
