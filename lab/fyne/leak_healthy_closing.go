package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-leak-healthy-windows",
		Illness: "none: every half second a window opens and the one before it is closed and forgotten",
		Leak:    true,
		Healthy: true,
	}, leakHealthyWindows)
}

func leakHealthyWindows(s *stage) fyne.CanvasObject {
	var open fyne.Window
	n := 0
	s.Every(500*time.Millisecond, func() {
		if open != nil {
			open.Close()
		}
		n++
		open = s.app.NewWindow(fmt.Sprint("note ", n))
		open.SetContent(container.NewVBox(widget.NewLabel("a note"), widget.NewButton("Close", open.Close)))
		open.Show()
	})
	return widget.NewLabel("a document")
}
