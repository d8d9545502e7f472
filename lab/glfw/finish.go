package main

import (
	"github.com/go-gl/gl/v2.1/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-finish",
		Illness: "a frame draws a far too heavy shader and calls glFinish",
		ID:      []string{"ui-stalled/gpu"},
		Where:   []string{"main.renderExact"},
		Short:   true,
	}, program{build: finish})
}

func renderExact(shader uint32) {
	drawPlasma(shader)
	gl.Finish()
}

func finish(s *stage) func() {
	shader := compile(plasma)
	return func() {
		if s.Due() {
			renderExact(shader)
		}
	}
}
