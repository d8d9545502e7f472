package main

/*
#include <stdlib.h>
struct link { struct link *next; char what[100]; };
static void *round_of(int n) {
	struct link *first = calloc(1, sizeof *first), *at = first;
	for (int i = 1; i < n; i++) at = at->next = calloc(1, sizeof *at);
	at->next = first;
	return first;
}
static int count(void *p) { int n = 1; for (struct link *l = p; l->next != p; l = l->next) n++; return n; }
*/
import "C"

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "native-lost-ring",
		Illness: "rings of blocks that point to each other are made, used and forgotten",
		Native:  true,
		Probes:  true,
		ID:      []string{"leak/cgo"},
		Where:   []string{"main.makeRound"},
	}, lostRing)
}

//go:noinline
func makeRound() int { return int(C.count(C.round_of(20))) }

func lostRing() {
	go func() {
		for {
			makeRound()
			time.Sleep(20 * time.Millisecond)
		}
	}()
	harness.Armed()
}
