package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-foreign-refresh",
		Illness: "the goroutine that copies files sets a label's text itself, two hundred times a second, without fyne.Do",
		ID:      []string{"ui-thread/foreign-call"},
		Where:   []string{"main.copyFiles"},
	}, foreignRefresh)
}

func copyFiles(shown *widget.Label) {
	for i := range 1 << 30 {
		time.Sleep(4 * time.Millisecond)
		shown.SetText(fmt.Sprint(i, " files"))
	}
}

func foreignRefresh(s *stage) fyne.CanvasObject {
	shown := widget.NewLabel("")
	s.Later(func() {
		go copyFiles(shown)
		harness.Armed()
	})
	return lively(shown)
}
