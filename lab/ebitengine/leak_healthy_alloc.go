package main

import (
	"fmt"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-leak-healthy-alloc",
		Illness: "none: each tick plans anew and allocates half a megabyte for it, all garbage a tick later",
		Leak:    true,
		Healthy: true,
	}, leakHealthyAlloc)
}

type plan struct {
	name  string
	steps []*plan
}

func newPlan(depth int) *plan {
	p := &plan{name: fmt.Sprint("step ", depth)}
	for range 6 {
		if depth > 0 {
			p.steps = append(p.steps, newPlan(depth-1))
		}
	}
	return p
}

func leakHealthyAlloc(*stage) part {
	var now *plan
	return part{update: func(tick int) {
		ill(tick)
		now = newPlan(5)
		now.name = "now"
	}}
}
