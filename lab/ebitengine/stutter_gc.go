package main

import (
	"runtime/debug"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-stutter-gc",
		Illness: "GOGC is 5, the world has millions of pointers, and two loaders allocate: the collector never rests",
		ID:      []string{"ui-starved/gc", "ui-starved/scheduler"},
	}, stutterGC)
}

type block struct {
	neighbours [6]*block
	tags       []*string
}

// world returns the first of n blocks, each of which knows six others.
func world(n int) *block {
	all := make([]*block, n)
	for i := range all {
		name := "stone"
		all[i] = &block{tags: []*string{&name}}
		for j := range all[i].neighbours {
			all[i].neighbours[j] = all[i*(j+3)/(j+4)]
		}
	}
	for i := range all[1:] {
		all[i].neighbours[0] = all[i+1]
	}
	return all[0]
}

func loadChunks(chunks [][]*block) {
	for i := 0; ; i++ {
		chunk := make([]*block, 64)
		for j := range chunk {
			chunk[j] = new(block)
		}
		chunks[i%len(chunks)] = chunk
	}
}

func stutterGC(*stage) part {
	start := world(1_500_000)
	return part{update: func(tick int) {
		if ill(tick) {
			debug.SetGCPercent(5)
			for range 2 {
				go loadChunks(make([][]*block, 100))
			}
		}
		start.tags[0] = new(string)
	}}
}
