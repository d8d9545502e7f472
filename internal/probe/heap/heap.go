// Package heap is the probe that finds what grows in a program's memory and who
// holds it. It takes looks at the heap, some seconds apart, each in a frozen copy of
// the process, finds where objects accumulate from one look to the next, what waits
// for good, which of the toolkit's widgets, windows and images nothing shows, and
// makes [evidence.Heap] of that.
//
// What an object means to the runtime and to the toolkit it asks gort and toolkit;
// whether something is a leak is for diagnose to say. Start at [Run] for a live
// process and [Read] for a file.
package heap

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/report"
)

// Name is the probe's.
const Name = "heap"

// Options say how a live process is looked at.
type Options struct {
	Looks    int           // 0: 3, and up to 6 where something grows
	Interval time.Duration // between two looks; 0: 3 s
	// Stop reads the process itself while it stands, without a copy; Force makes a
	// copy also where memory is short; NoWrite leaves the heap profiler as it is.
	Stop, Force, NoWrite bool
	// Next, if given, is waited for before each further look, instead of Interval.
	Next func() error
	// Source and Limit say of copies where they are from and, by its key, what cannot be
	// had with them; empty: the agent in the program made them.
	Source evidence.HeapSource
	Limit  string
	// Progress, if given, is told what goes on: "look", with the bytes of the heap that
	// were read; "wait", with the time in milliseconds.
	Progress func(stage string, look, looks int, done, total uint64)
}

// Copied is a program's memory at one moment, of which the program itself made a copy.
type Copied struct {
	stacks.Target
	Stopped time.Duration // for so long no goroutine ran
	Close   func()
}

// Result is what the probe found and what it cost.
type Result struct {
	Heap   evidence.Heap
	Probe  report.Probe
	Limits []report.Limit
}
