// Command fyne-states brings a Fyne window into one state, named by its
// argument, for the recorded stacks of internal/toolkit.
package main

import (
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

func main() {
	a := app.New()
	w := a.NewWindow("fyne-states")
	w.SetContent(widget.NewLabel("state"))
	state := states[os.Args[1]]
	time.AfterFunc(time.Second, func() { state(a, w) })
	w.ShowAndRun()
}

var states = map[string]func(a fyne.App, w fyne.Window){
	// hidden: the window is there, but not shown.
	"hidden": func(a fyne.App, w fyne.Window) { fyne.Do(w.Hide) },
	// dialog: a dialog drawn by Fyne waits for an answer.
	"dialog": func(a fyne.App, w fyne.Window) {
		fyne.Do(func() { widget.ShowModalPopUp(widget.NewLabel("answer"), w.Canvas()) })
	},
	// tray: there is a system tray menu.
	"tray": func(a fyne.App, w fyne.Window) {
		if d, ok := a.(desktop.App); ok {
			fyne.Do(func() { d.SetSystemTrayMenu(fyne.NewMenu("states")) })
		}
	},
	// deadlock: the UI goroutine waits for a worker that waits for it.
	"deadlock": func(a fyne.App, w fyne.Window) {
		done := make(chan struct{})
		fyne.Do(func() {
			go worker(w, done)
			<-done
		})
	},
	// self: the UI goroutine waits for itself.
	"self": func(a fyne.App, w fyne.Window) {
		fyne.Do(func() { fyne.DoAndWait(func() {}) })
	},
	// layout: one callback adds row after row.
	"layout": func(a fyne.App, w fyne.Window) {
		fyne.Do(func() {
			box := container.NewVBox()
			w.SetContent(box)
			for {
				box.Add(widget.NewLabel("one row more"))
			}
		})
	},
	// paint: a widget's own layout takes too long, called by no user code.
	"paint": func(a fyne.App, w fyne.Window) {
		fyne.Do(func() { w.SetContent(container.New(slow{}, widget.NewLabel("slow"))) })
	},
}

func worker(w fyne.Window, done chan struct{}) {
	fyne.DoAndWait(func() { w.SetTitle("worked") })
	close(done)
}

// slow is a layout that sleeps.
type slow struct{}

func (slow) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(10, 10) }

func (slow) Layout([]fyne.CanvasObject, fyne.Size) { time.Sleep(time.Hour) }
