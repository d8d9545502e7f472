package main

// #include <stdlib.h>
import "C"

import (
	"fmt"
	"strings"
	"time"
	"unsafe"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-leak-healthy-strings",
		Illness: "none: a Go cache of C strings has a bound, and frees the one that it takes out",
		Leak:    true,
		Healthy: true,
	}, leakHealthyStrings)
}

const mostLabels = 300

var (
	labels = map[int]*C.char{}
	oldest int
)

//go:noinline
func label(n int) *C.char {
	if len(labels) == mostLabels {
		C.free(unsafe.Pointer(labels[oldest]))
		delete(labels, oldest)
		oldest++
	}
	labels[n] = C.CString(fmt.Sprintf("label %d %s", n, strings.Repeat("-", n%700)))
	return labels[n]
}

func leakHealthyStrings() {
	for n := range 2 * mostLabels {
		label(n)
	}
	go func() {
		for n := 2 * mostLabels; ; n++ {
			label(n)
			time.Sleep(3 * time.Millisecond)
		}
	}()
	harness.Armed()
}
