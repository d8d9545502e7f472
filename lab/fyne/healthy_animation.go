package main

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-healthy-animation",
		Illness: "none: a square moves and changes its colour in every frame",
		Healthy: true,
	}, healthyAnimation)
}

func healthyAnimation(s *stage) fyne.CanvasObject {
	square := canvas.NewRectangle(color.White)
	square.Resize(fyne.NewSquareSize(60))
	s.Do(func() {
		move := canvas.NewPositionAnimation(fyne.NewPos(0, 40), fyne.NewPos(400, 200), time.Second, square.Move)
		dye := canvas.NewColorRGBAAnimation(color.White, color.RGBA{200, 40, 40, 255}, time.Second, func(c color.Color) {
			square.FillColor = c
			square.Refresh()
		})
		for _, a := range []*fyne.Animation{move, dye} {
			a.AutoReverse, a.RepeatCount = true, fyne.AnimationRepeatForever
			a.Start()
		}
		harness.Armed()
	})
	return container.NewWithoutLayout(square)
}
