package main

/*
#include <stdlib.h>
struct row { struct row *next; char data[300]; };
static struct row *rows;
static void add_row(void) { struct row *r = calloc(1, sizeof *r); r->next = rows; rows = r; }
static void clear_rows(void) { while (rows) { struct row *r = rows; rows = r->next; free(r); } }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-healthy-sawtooth",
		Illness: "none: rows gather in C for three seconds and are then freed together",
		Native:  true,
		Probes:  true,
		Healthy: true,
	}, healthySawtooth)
}

func healthySawtooth() {
	go func() {
		for n := 1; ; n++ {
			C.add_row()
			if n%800 == 0 {
				C.clear_rows()
			}
			time.Sleep(4 * time.Millisecond)
		}
	}()
	harness.Armed()
}
