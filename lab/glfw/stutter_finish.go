package main

import (
	"time"

	"github.com/go-gl/gl/v2.1/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-stutter-finish",
		Illness: "every sixth frame draws the shadows anew and calls glFinish, to wait until the driver has them",
		ID:      []string{"ui-stalled/gpu"},
		Where:   []string{"main.renderShadows"},
	}, program{build: stutterFinish})
}

func renderShadows(shader uint32, side float32) {
	gl.UseProgram(shader)
	gl.Uniform1f(gl.GetUniformLocation(shader, gl.Str("start\x00")), 0.001)
	gl.Rectf(-side, -side, side, side)
	gl.UseProgram(0)
	gl.Finish()
}

func stutterFinish(s *stage) func() {
	shader, side, n := compile(plasma), float32(0.01), 0
	renderShadows(shader, side)                                                           // the first one compiles
	for took := time.Duration(0); took < 40*time.Millisecond && side < 0.8; side *= 1.2 { // what this driver does in that time
		began := time.Now()
		renderShadows(shader, side)
		took = time.Since(began)
	}
	return func() {
		if n++; s.Due() && n%6 == 0 {
			renderShadows(shader, side)
		}
	}
}
