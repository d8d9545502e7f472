package main

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-measured",
		Illness: "none: animation ticks with a work of 0 to 7 ms in turn; with LAB_FRAMES=FILE it logs the times of each",
		Healthy: true,
	}, measured)
}

func measured(s *stage) fyne.CanvasObject {
	sky, n := canvas.NewRectangle(color.Black), 0
	s.Do(func() {
		fyne.NewAnimation(time.Hour, func(float32) {
			n++
			harness.Work(harness.WorkOf(n))
			sky.FillColor = color.Gray{uint8(n)}
			sky.Refresh()
		}).Start()
		harness.Armed()
	})
	return sky
}
