package main

import (
	"crypto/sha1"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-stutter-memstats",
		Illness: "a monitor stops the world ten times a second with ReadMemStats, and each stop waits for a hash of a large block that cannot be preempted",
		ID:      []string{"ui-starved/gc", "ui-starved/scheduler"},
	}, stutterMemstats)
}

func hashBlocks(block []byte) {
	for sum := [20]byte{}; ; {
		copy(block, sum[:])
		sum = sha1.Sum(block)
	}
}

func monitor(heap *atomic.Uint64) {
	var stats runtime.MemStats
	for range time.Tick(100 * time.Millisecond) {
		runtime.ReadMemStats(&stats)
		heap.Store(stats.HeapAlloc)
	}
}

// sizeFor returns how much this machine hashes in a time, where others leave it the
// processor.
func sizeFor(took time.Duration) int {
	block, best := make([]byte, 4<<20), time.Hour
	for range 5 {
		began := time.Now()
		sha1.Sum(block)
		best = min(best, time.Since(began))
	}
	return int(float64(len(block)) * float64(took) / float64(best))
}

func stutterMemstats(s *stage) func(layout.Context) layout.Dimensions {
	block := make([]byte, sizeFor(100*time.Millisecond))
	var heap atomic.Uint64
	s.Later(func() {
		go hashBlocks(block)
		go monitor(&heap)
		harness.Armed()
	})
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{})
		return material.H4(s.theme, fmt.Sprint(heap.Load()>>10, " KiB")).Layout(gtx)
	}
}
