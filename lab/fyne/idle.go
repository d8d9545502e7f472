package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-idle",
		Illness: "none: an entry waits for its user",
		Healthy: true,
		Short:   true,
	}, idle)
}

func idle(s *stage) fyne.CanvasObject {
	s.Later(harness.Armed)
	return widget.NewMultiLineEntry()
}
