package main

/*
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static char *device_name(int k) { char b[64]; snprintf(b, sizeof b, "/dev/input/event%d", k); return strdup(b); }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-getter",
		Illness: "a getter of a C library returns a copy that the caller must free; the caller makes a Go string of it",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.deviceName"},
	}, getter)
}

//go:noinline
func deviceName(k int) string { return C.GoString(C.device_name(C.int(k))) }

func getter() {
	go func() {
		for k := 0; ; k++ {
			deviceName(k)
			time.Sleep(3 * time.Millisecond)
		}
	}()
	harness.Armed()
}
