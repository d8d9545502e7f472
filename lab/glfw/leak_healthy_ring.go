package main

import (
	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-leak-healthy-ring",
		Illness: "none: the last ten seconds of what happened stand in a ring buffer, each entry made anew",
		Leak:    true,
		Healthy: true,
	}, program{build: leakHealthyRing})
}

type happening struct {
	frame  int
	detail []byte
}

// ring holds the newest of what was added, and nothing else.
type ring struct {
	entries []*happening
	next    int
}

func (r *ring) add(h *happening) {
	r.entries[r.next] = h
	r.next = (r.next + 1) % len(r.entries)
}

func leakHealthyRing(s *stage) func() {
	recent, n := ring{entries: make([]*happening, 600)}, 0
	return func() {
		if n++; s.Due() {
			recent.add(&happening{n, make([]byte, 4<<10)})
		}
	}
}
