package main

import "github.com/gomedic/gomedic/lab/harness"

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-swap",
		Illness: "a frame draws a far too heavy shader, and the buffer swap waits for it",
		ID:      []string{"ui-stalled/gpu"},
		Where:   []string{"main.(*stage).loop", "main.drawPlasma"},
	}, program{build: swap})
}

func swap(s *stage) func() {
	shader := compile(plasma)
	return func() {
		if s.Due() {
			drawPlasma(shader)
		}
	}
}
