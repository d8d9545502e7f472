package main

/*
#include <stdlib.h>
struct event { struct event *next, *prev; char what[200]; };
static struct event ring = {&ring, &ring};
static void note(void) {
	struct event *e = calloc(1, sizeof *e);
	e->next = &ring;
	e->prev = ring.prev;
	ring.prev->next = e;
	ring.prev = e;
}
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-ring",
		Illness: "events are put into a ring in C from which nothing is taken",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.noteEvent"},
	}, ring)
}

//go:noinline
func noteEvent() { C.note() }

func ring() {
	go func() {
		for {
			noteEvent()
			time.Sleep(4 * time.Millisecond)
		}
	}()
	harness.Armed()
}
