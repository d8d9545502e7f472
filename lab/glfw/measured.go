package main

import (
	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-measured",
		Illness: "none: frames with a work of 0 to 7 ms in turn; with LAB_FRAMES=FILE it logs the times of each",
		Healthy: true,
	}, program{build: measured})
	faults.Add(harness.Fault{
		Name:    "glfw-measured-polled",
		Illness: "none: the same without a wait between two frames, as programs do that leave the pace to the display",
		Healthy: true,
	}, program{build: func(s *stage) func() {
		glfw.SwapInterval(1)
		s.wait = glfw.PollEvents
		return measured(s)
	}})
}

func measured(s *stage) func() {
	n := 0
	s.Later(harness.Armed)
	return func() {
		harness.Work(harness.WorkOf(n))
		spinner()
		n++
	}
}
