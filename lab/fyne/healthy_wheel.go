package main

import (
	"fmt"
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-healthy-wheel",
		Illness: "none: a user turns the wheel over a list of 100,000 rows, 40 notches a second",
		Healthy: true,
	}, healthyWheel)
}

func healthyWheel(s *stage) fyne.CanvasObject {
	list := widget.NewList(func() int { return 100_000 },
		func() fyne.CanvasObject { return widget.NewLabel("row") },
		func(i int, o fyne.CanvasObject) { o.(*widget.Label).SetText(fmt.Sprintf("row %d of 100,000", i)) })
	s.Later(func() {
		harness.Armed()
		if err := harness.Wheel(s.title, 200, 150, 10_000, 25*time.Millisecond); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	})
	return list
}
