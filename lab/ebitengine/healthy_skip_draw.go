package main

import (
	"fmt"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/ebitenutil"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-healthy-skip-draw",
		Illness: "none: a chess clock draws twice a second, and the engine leaves out the frames between",
		Healthy: true,
	}, skipDraw)
}

func skipDraw(*stage) part {
	ebiten.SetScreenClearedEveryFrame(false)
	now, drawn := 0, -1
	return part{
		bare:   true,
		update: func(tick int) { now = tick; ill(tick) },
		draw: func(screen *ebiten.Image) {
			if half := now / 30; half != drawn {
				screen.Clear()
				ebitenutil.DebugPrint(screen, fmt.Sprint(float64(half)/2, " s"))
				drawn = half
			}
		},
	}
}
