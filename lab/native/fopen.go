package main

/*
#include <stdio.h>
static int first(const char *path) { FILE *f = fopen(path, "r"); return f ? fgetc(f) : -1; }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-fopen",
		Illness: "each reading of a status opens the file with fopen, and nobody closes it",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.readStatus"},
	}, fopen)
}

var statusPath = C.CString("/proc/self/status")

//go:noinline
func readStatus() int { return int(C.first(statusPath)) }

func fopen() {
	go func() {
		for {
			readStatus()
			time.Sleep(150 * time.Millisecond)
		}
	}()
	harness.Armed()
}
