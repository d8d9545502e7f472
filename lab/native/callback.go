package main

/*
#include <stdlib.h>
extern void goEvent(int k);
static void poll_events(int k) { goEvent(k); }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-callback",
		Illness: "a callback that C calls makes C strings in Go and leaves them",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.answer"},
	}, callback)
}

func callback() {
	go func() {
		for k := 0; ; k++ {
			C.poll_events(C.int(k))
			time.Sleep(4 * time.Millisecond)
		}
	}()
	harness.Armed()
}
