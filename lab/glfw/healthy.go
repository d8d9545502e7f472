package main

import (
	"crypto/sha256"
	"math"
	"runtime"
	"time"

	"github.com/go-gl/gl/v2.1/gl"
	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-idle",
		Illness: "none: the loop waits for events and draws when one comes",
		Healthy: true,
		Short:   true,
	}, program{build: idle})
	faults.Add(harness.Fault{
		Name:    "glfw-healthy-frames",
		Illness: "none: ten thousand points at 60 frames a second, while another goroutine computes",
		Healthy: true,
		Short:   true,
	}, program{build: frames})
	faults.Add(harness.Fault{
		Name:    "glfw-healthy-render-thread",
		Illness: "none: events on the main thread, drawing on a second goroutine that is locked to its own thread",
		Healthy: true,
	}, program{build: renderThread})
}

func idle(s *stage) func() {
	s.Later(harness.Armed)
	return func() {
		s.window.SwapBuffers()
		glfw.WaitEvents()
	}
}

func frames(s *stage) func() {
	go func() {
		var sum [32]byte
		for {
			sum = sha256.Sum256(sum[:])
		}
	}()
	s.Later(harness.Armed)
	return func() {
		now := glfw.GetTime()
		gl.Begin(gl.POINTS)
		for i := range 10_000 {
			gl.Vertex2d(math.Sin(now+float64(i)), math.Cos(now*1.3+float64(i)*0.7))
		}
		gl.End()
	}
}

func renderThread(s *stage) func() {
	glfw.DetachCurrentContext()
	go func() {
		runtime.LockOSThread()
		s.window.MakeContextCurrent()
		for range time.Tick(time.Second / 60) {
			gl.ClearColor(float32(math.Sin(glfw.GetTime())), 0.5, 0.5, 1)
			gl.Clear(gl.COLOR_BUFFER_BIT)
			s.window.SwapBuffers()
		}
	}()
	s.Later(harness.Armed)
	for !s.window.ShouldClose() {
		glfw.WaitEvents()
		if s.trigger != nil {
			time.AfterFunc(delay, s.trigger)
			s.trigger = nil
		}
	}
	return func() {}
}
