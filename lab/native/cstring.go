package main

/*
#include <stdlib.h>
#include <string.h>
static size_t shown(const char *s) { return strlen(s); }
*/
import "C"

import (
	"fmt"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-cstring",
		Illness: "each title is given to C by C.CString, which nobody frees",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.showTitle"},
		Short:   true,
	}, cstring)
}

//go:noinline
func showTitle(n int) int {
	return int(C.shown(C.CString(fmt.Sprintf("document %d, changed", n))))
}

func cstring() {
	go func() {
		for n := 0; ; n++ {
			showTitle(n)
			time.Sleep(5 * time.Millisecond)
		}
	}()
	harness.Armed()
}
