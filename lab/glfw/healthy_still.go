package main

import (
	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-healthy-still",
		Illness: "none: a picture that stands still; the loop waits ten seconds for an event before it draws it again",
		Healthy: true,
	}, program{build: healthyStill})
}

func healthyStill(s *stage) func() {
	s.wait = func() { glfw.WaitEventsTimeout(10) }
	s.Later(harness.Armed)
	return spinner
}
