package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-deadlock-channel",
		Illness: "a callback waits for the result of a worker that shows its progress with fyne.DoAndWait",
		ID:      []string{"ui-deadlock"},
		Where:   []string{"main.deadlockChannel.func1"},
		Blocker: []string{"main.search"},
		Short:   true,
	}, deadlockChannel)
}

func search(bar *widget.ProgressBar, found chan<- string) {
	fyne.DoAndWait(func() { bar.SetValue(1) })
	found <- "42 letters"
}

func deadlockChannel(s *stage) fyne.CanvasObject {
	bar, shown := widget.NewProgressBar(), widget.NewLabel("")
	button := widget.NewButton("Search", func() {
		found := make(chan string)
		go search(bar, found)
		harness.Armed()
		shown.SetText(<-found)
	})
	s.Click(button)
	return container.NewVBox(button, bar, shown)
}
