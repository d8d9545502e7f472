package main

import (
	"math"
	"time"

	"github.com/go-gl/gl/v2.1/gl"
	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-vsync-off",
		Illness: "the swap interval is zero and the loop polls for events, so that it presents as many frames as the machine can draw",
		ID:      []string{"ui-stalled/vsync"},
		Where:   []string{"main.(*stage).loop"},
	}, program{build: vsyncOff})
	faults.Add(harness.Fault{
		Name:    "glfw-double-wait",
		Illness: "a limiter for 60 frames sleeps in each round of a loop that waits for the next tick already, so that only 30 come",
		ID:      []string{"ui-stalled/vsync", "ui-blocked/sleep"},
		Where:   []string{"main.limitFrames", "main.(*stage).loop"},
	}, program{build: doubleWait})
}

func spinner() {
	angle := glfw.GetTime() * 3
	gl.Rectd(0, 0, math.Cos(angle), math.Sin(angle))
}

func vsyncOff(s *stage) func() {
	glfw.SwapInterval(0)
	s.wait = glfw.PollEvents
	s.Later(harness.Armed)
	return spinner
}

func limitFrames(rate time.Duration) { time.Sleep(time.Second / rate) }

func doubleWait(s *stage) func() {
	s.wait = func() {
		limitFrames(60)
		nextTick()
	}
	s.Later(harness.Armed)
	return spinner
}
