package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-healthy-modal",
		Illness: "none: a modal dialog with a running animation, while a goroutine waits for the user's answer",
		Healthy: true,
	}, healthyModal)
}

func ask(window fyne.Window) bool {
	answer := make(chan bool)
	fyne.Do(func() {
		dialog.ShowCustomConfirm("Delete?", "Yes", "No", widget.NewProgressBarInfinite(), func(yes bool) { answer <- yes }, window)
	})
	return <-answer
}

func healthyModal(s *stage) fyne.CanvasObject {
	s.Later(func() {
		go ask(s.window)
		harness.Armed()
	})
	return container.NewCenter(widget.NewLabel("a document"))
}
