// Command labfyne is a small Fyne program with one illness of your choice.
//
//	labfyne -manifest     what must be found
//	labfyne FAULT         open the window and fall ill
//
// Each fault stands in its own file. This file opens the window and sets the
// fault off the way a user would: by a click that comes through the X server, or
// by fyne.Do.
package main

import (
	"fmt"
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"github.com/gomedic/gomedic/lab/harness"
)

// delay is the time from the first frame to the illness.
const delay = 700 * time.Millisecond

// build makes the window's content and says on the stage what sets the illness off.
type build func(*stage) fyne.CanvasObject

var faults = harness.Table[build]{Toolkit: "fyne"}

// stage is the program around a fault.
type stage struct {
	app     fyne.App
	window  fyne.Window
	title   string
	trigger func()
}

// Click makes a user click on object a little after the first frame.
func (s *stage) Click(object fyne.CanvasObject) {
	s.trigger = func() {
		var at fyne.Position
		fyne.DoAndWait(func() {
			at = s.app.Driver().AbsolutePositionForObject(object).AddXY(object.Size().Width/2, object.Size().Height/2)
		})
		scale := s.window.Canvas().Scale()
		if err := harness.Click(s.title, int(at.X*scale), int(at.Y*scale)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
}

// Do runs f on the UI goroutine a little after the first frame.
func (s *stage) Do(f func()) { s.trigger = func() { fyne.Do(f) } }

// Later runs f on a goroutine of its own a little after the first frame.
func (s *stage) Later(f func()) { s.trigger = f }

// logFrames logs the ticks of an animation: the loop makes one in each of its
// rounds, before it draws.
func (s *stage) logFrames() {
	log := harness.Frames("tick: from one animation tick of the loop to the next")
	if log == nil {
		return
	}
	last := log.Begin()
	fyne.NewAnimation(time.Hour, func(float32) {
		log.End("tick", last)
		last = log.Begin()
	}).Start()
}

func main() {
	fault, build := faults.Choose()
	a := app.NewWithID("io.github.gomedic.lab")
	s := &stage{app: a, window: a.NewWindow(fault.Title()), title: fault.Title()}
	s.window.SetContent(build(s))
	s.window.Resize(fyne.NewSize(480, 320))
	s.logFrames()
	a.Lifecycle().SetOnStarted(func() {
		if s.trigger != nil {
			time.AfterFunc(delay, s.trigger)
		}
	})
	s.window.ShowAndRun()
}
