package main

/*
#include <stdlib.h>
struct reading { struct reading *next; double values[20]; };
static struct reading *reading_add(struct reading *before) {
	struct reading *r = calloc(1, sizeof *r);
	r->next = before;
	return r;
}
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-leak-owned-list",
		Illness: "a Go value has the head of a C list, to which each reading is added and none taken off",
		Leak:    true,
		ID:      []string{"leak/cgo"},
		Global:  "main.sensor",
		Chain:   []string{"?sensor", "C memory (malloc)"},
		Type:    []string{"C memory (malloc)"},
	}, leakOwnedList)
}

// gauge is a sensor, with its readings.
type gauge struct {
	name     string
	readings *C.struct_reading
}

var sensor = &gauge{name: "outside"}

//go:noinline
func (g *gauge) read() { g.readings = C.reading_add(g.readings) }

func leakOwnedList() {
	go func() {
		for {
			sensor.read()
			time.Sleep(3 * time.Millisecond)
		}
	}()
	harness.Armed()
}
