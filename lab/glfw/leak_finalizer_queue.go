package main

import (
	"runtime"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-leak-finalizer-queue",
		Illness: "the finalizer of a mesh hands its buffer to a goroutine that has ended, so no other finalizer ever runs",
		Leak:    true,
		ID:      []string{"leak/finalizer"},
		Type:    []string{"main.mesh"},
		Where:   []string{"main.(*mesh).free"},
	}, program{build: leakFinalizerQueue})
}

type mesh struct {
	buffer   uint32
	vertices []float32
}

var freed = make(chan uint32)

func (m *mesh) free() { freed <- m.buffer }

func newMesh(buffer uint32) *mesh {
	m := &mesh{buffer, make([]float32, 2<<10)}
	runtime.SetFinalizer(m, (*mesh).free)
	return m
}

// smoothed makes garbage, a megabyte in four frames, so that the collector runs.
func (m *mesh) smoothed() []float32 {
	out := make([]float32, 64<<10)
	for i := range m.vertices {
		out[i] = m.vertices[i] / 2
	}
	return out
}

func leakFinalizerQueue(s *stage) func() {
	var shown []float32
	n := uint32(0)
	return func() {
		if s.Due() {
			n++
			shown = newMesh(n).smoothed()
		}
		if len(shown) > 0 {
			shown[0] = 1
		}
	}
}
