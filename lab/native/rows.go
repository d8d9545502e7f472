package main

/*
#include <stdlib.h>
static double **matrix(int n) {
	double **rows = malloc(n * sizeof *rows);
	for (int i = 0; i < n; i++) rows[i] = calloc(n, sizeof **rows);
	return rows;
}
*/
import "C"

import (
	"time"
	"unsafe"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-rows",
		Illness: "of a matrix the array of rows is freed, and the rows are not",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.transform"},
	}, rows)
}

//go:noinline
func transform() {
	m := C.matrix(16)
	C.free(unsafe.Pointer(m))
}

func rows() {
	go func() {
		for {
			transform()
			time.Sleep(15 * time.Millisecond)
		}
	}()
	harness.Armed()
}
