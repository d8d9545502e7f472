package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-leak-healthy-closing",
		Illness: "none: every half second a window opens and the one before it is closed and forgotten",
		Leak:    true,
		Healthy: true,
	}, leakHealthyClosing)
}

// The windows show no text: Fyne 2.7.1 keeps what does, see leak_closed_text.go.
func leakHealthyClosing(s *stage) fyne.CanvasObject {
	var open fyne.Window
	n := 0
	s.Every(500*time.Millisecond, func() {
		if open != nil {
			open.Close()
		}
		n++
		open = s.app.NewWindow(fmt.Sprint("note ", n))
		open.SetContent(container.NewVBox(widget.NewIcon(theme.DocumentIcon()), widget.NewSlider(0, 10)))
		open.Show()
	})
	return widget.NewLabel("a document")
}
