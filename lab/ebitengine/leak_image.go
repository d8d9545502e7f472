package main

import (
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-leak-image",
		Illness: "every fourth frame draws the car into a new image and keeps it as part of a trail that never ends",
		Leak:    true,
		ID:      []string{"leak/image"},
		Global:  "main.skidMarks",
		Type:    []string{"ebiten.Image", "[]*ebiten.Image"},
		Where:   []string{"main.skid"},
	}, leakImage)
}

var skidMarks []*ebiten.Image

func skid() {
	mark := ebiten.NewImage(64, 64)
	mark.Fill(color.RGBA{20, 20, 20, 60})
	skidMarks = append(skidMarks, mark)
}

func leakImage(*stage) part {
	tick := 0
	return part{
		update: func(t int) { tick = t; ill(t) },
		draw: func(screen *ebiten.Image) {
			if tick >= illAt && tick%4 == 0 {
				skid()
			}
			for _, mark := range skidMarks[max(0, len(skidMarks)-20):] {
				screen.DrawImage(mark, nil)
			}
		},
	}
}
