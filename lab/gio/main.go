// Command labgio is a small Gio program with one illness of your choice.
//
//	labgio -manifest     what must be found
//	labgio FAULT         open the window and fall ill
//
// Each fault stands in its own file. This file has the window's loop, as every
// Gio program writes it, and a click that comes through the X server.
package main

import (
	"fmt"
	"os"
	"time"

	"gioui.org/app"
	"gioui.org/font/gofont"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/text"
	"gioui.org/unit"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

// delay is the time from the first frame to the illness.
const delay = 700 * time.Millisecond

// frameTime is the time between two frames of a program that leaks in each.
const frameTime = 50 * time.Millisecond

// build makes the function that lays out one frame.
type build func(*stage) func(layout.Context) layout.Dimensions

var faults = harness.Table[build]{Toolkit: "gio"}

// stage is the program around a fault.
type stage struct {
	window  *app.Window
	theme   *material.Theme
	title   string
	trigger func()
	frames  *harness.FrameLog
}

// Click makes a user click on the window, at x, y, a little after the first frame.
func (s *stage) Click(x, y int) {
	s.trigger = func() {
		if err := harness.Click(s.title, x, y); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
}

// Later runs f on a goroutine of its own a little after the first frame.
func (s *stage) Later(f func()) { s.trigger = f }

func (s *stage) loop(frame func(layout.Context) layout.Dimensions) error {
	var ops op.Ops
	for {
		switch e := s.window.Event().(type) {
		case app.DestroyEvent:
			return e.Err
		case app.FrameEvent:
			if s.trigger != nil {
				time.AfterFunc(delay, s.trigger)
				s.trigger = nil
			}
			began := s.frames.Begin()
			gtx := app.NewContext(&ops, e)
			frame(gtx)
			e.Frame(gtx.Ops)
			s.frames.End("frame", began)
		}
	}
}

func main() {
	fault, build := faults.Choose()
	frames := harness.Frames("frame: from Event returning a FrameEvent until its Frame has returned")
	go func() {
		s := &stage{frames: frames, window: new(app.Window), theme: material.NewTheme(), title: fault.Title()}
		s.theme.Shaper = text.NewShaper(text.NoSystemFonts(), text.WithCollection(gofont.Collection()))
		s.window.Option(app.Title(s.title), app.Size(unit.Dp(480), unit.Dp(320)))
		if err := s.loop(build(s)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(0)
	}()
	app.Main()
}
