package main

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

// What GLFW does not swap is late as well.
func init() {
	faults.Add(harness.Fault{
		Name:    "vulkan-stutter-upload",
		Illness: "every tenth frame computes for 45 ms before it hands its work over",
		ID:      []string{"ui-busy/cpu"},
		Where:   []string{"main.(*terrain).build"},
		Probes:  true, // by looks alone such programs have no frames
		Short:   true,
	}, program{before: func() { hills.next() }})
}

type terrain struct {
	frames int
	height [1 << 10]float64
}

var hills terrain

func (t *terrain) next() {
	if t.frames++; t.frames%10 == 0 {
		t.build(45 * time.Millisecond)
	}
}

//go:noinline
func (t *terrain) build(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := range t.height {
			t.height[i] = (t.height[i] + float64(i)) / 2
		}
	}
}
