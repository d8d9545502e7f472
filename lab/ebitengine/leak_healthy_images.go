package main

import (
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-leak-healthy-images",
		Illness: "none: an explosion is drawn into an image of its own in each tick, and each image is deallocated half a second later",
		Leak:    true,
		Healthy: true,
	}, leakHealthyImages)
}

func leakHealthyImages(*stage) part {
	var burning []*ebiten.Image
	return part{
		update: func(tick int) {
			ill(tick)
			flame := ebiten.NewImage(48, 48)
			flame.Fill(color.RGBA{255, uint8(tick), 0, 255})
			burning = append(burning, flame)
			if len(burning) > 30 {
				burning[0].Deallocate()
				burning = append(burning[:0], burning[1:]...)
			}
		},
		draw: func(screen *ebiten.Image) {
			for i, flame := range burning {
				var o ebiten.DrawImageOptions
				o.GeoM.Translate(float64(i*12), 180)
				screen.DrawImage(flame, &o)
			}
		},
	}
}
