package main

import (
	"image/color"
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-idle",
		Illness: "none: a game that moves one square",
		Healthy: true,
		Short:   true,
	}, idle)
	faults.Add(harness.Fault{
		Name:    "ebitengine-healthy-sprites",
		Illness: "none: a thousand sprites move and turn at 60 frames a second",
		Healthy: true,
		Short:   true,
	}, sprites)
}

func idle(*stage) part {
	return part{update: func(tick int) { ill(tick) }}
}

func sprites(*stage) part {
	sprite := ebiten.NewImage(8, 8)
	sprite.Fill(color.RGBA{255, 200, 0, 255})
	now := 0
	return part{
		update: func(tick int) { now = tick; ill(tick) },
		draw: func(screen *ebiten.Image) {
			for i := range 1000 {
				var o ebiten.DrawImageOptions
				phase := float64(now+i) / 60
				o.GeoM.Rotate(phase)
				o.GeoM.Translate(240+200*math.Cos(phase+float64(i)), 160+120*math.Sin(phase*1.3+float64(i)))
				screen.DrawImage(sprite, &o)
			}
		},
	}
}
