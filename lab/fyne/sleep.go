package main

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-sleep",
		Illness: "a callback retries with a growing pause between the attempts",
		ID:      []string{"ui-blocked/sleep"},
		Where:   []string{"main.retry"},
		Short:   true,
	}, sleep)
}

func retry(attempt func() bool) {
	for pause := 90 * time.Second; !attempt(); pause *= 2 {
		time.Sleep(pause)
	}
}

func sleep(s *stage) fyne.CanvasObject {
	button := widget.NewButton("Connect", func() {
		harness.Armed()
		retry(func() bool { return false })
	})
	s.Click(button)
	return container.NewCenter(button)
}
