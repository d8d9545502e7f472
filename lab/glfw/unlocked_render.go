package main

import (
	"time"

	"github.com/go-gl/gl/v2.1/gl"
	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-unlocked-render",
		Illness: "events on the main thread, drawing on a goroutine that nobody locked to a thread: the OpenGL context is the thread's",
		ID:      []string{"ui-thread/unlocked"},
	}, program{build: unlockedRender})
}

func (s *stage) render() {
	s.window.MakeContextCurrent()
	for range time.Tick(time.Second / 60) {
		began := s.frames.Begin()
		gl.Clear(gl.COLOR_BUFFER_BIT)
		spinner()
		s.window.SwapBuffers()
		s.frames.End("frame", began)
	}
}

func unlockedRender(s *stage) func() {
	glfw.DetachCurrentContext()
	go s.render()
	time.AfterFunc(delay, harness.Armed)
	for !s.window.ShouldClose() {
		nextTick()
	}
	return func() {}
}
