// Command labglfw is a small program on go-gl/glfw and OpenGL with one illness
// of your choice.
//
//	labglfw -manifest     what must be found
//	labglfw FAULT         open the window and fall ill
//
// Each fault stands in its own file. This file opens the window and has the
// loop that nearly every GLFW program has.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/go-gl/gl/v2.1/gl"
	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/gomedic/gomedic/lab/harness"
)

// delay is the time from the first frame to the illness.
const delay = 700 * time.Millisecond

// program is a fault's part of the program.
type program struct {
	// build prepares a fault and returns the function that draws one frame; it
	// may set callbacks on the window.
	build func(*stage) (frame func())
	// run runs the window's whole life; nil means on the main thread, as GLFW wants it.
	run func(life func())
}

var faults = harness.Table[program]{Toolkit: "glfw"}

// stage is the program around a fault.
type stage struct {
	window  *glfw.Window
	title   string
	trigger func()
	ill     time.Time
	wait    func() // what the loop does between two frames
	frames  *harness.FrameLog
}

// Click makes a user click on the window a little after the first frame.
func (s *stage) Click() {
	s.trigger = func() {
		if err := harness.Click(s.title, 100, 100); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
}

// Later runs f on a goroutine of its own a little after the first frame.
func (s *stage) Later(f func()) { s.trigger = f }

// Due reports whether it is time to fall ill, for faults inside a frame. It
// says armed the first time that it reports true.
func (s *stage) Due() bool {
	if s.ill.IsZero() {
		s.ill = time.Now().Add(delay)
	}
	if time.Now().Before(s.ill) {
		return false
	}
	harness.Armed()
	return true
}

func (s *stage) open() {
	if err := glfw.Init(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	window, err := glfw.CreateWindow(480, 320, s.title, nil, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	window.MakeContextCurrent()
	if err := gl.Init(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	s.window = window
}

func (s *stage) loop(frame func()) {
	if s.trigger != nil {
		time.AfterFunc(delay, s.trigger)
	}
	for !s.window.ShouldClose() {
		began := s.frames.Begin()
		gl.ClearColor(0.1, 0.3, 0.5, 1)
		gl.Clear(gl.COLOR_BUFFER_BIT)
		frame()
		s.window.SwapBuffers()
		s.frames.End("frame", began)
		s.wait()
	}
}

// nextTick handles events, and returns after an event or a sixtieth of a second.
func nextTick() { glfw.WaitEventsTimeout(1.0 / 60) }

func main() {
	fault, p := faults.Choose()
	s := &stage{title: fault.Title(), wait: nextTick}
	s.frames = harness.Frames("frame: from the end of the wait for events until SwapBuffers has returned")
	life := func() {
		s.open()
		s.loop(p.build(s))
	}
	if p.run != nil {
		p.run(life)
		return
	}
	runtime.LockOSThread() // main.main starts on the main thread
	life()
}
