package main

import (
	"github.com/hajimehoshi/ebiten/v2"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-measured",
		Illness: "none: draws with a work of 0 to 7 ms in turn; with LAB_FRAMES=FILE it logs the times of each",
		Healthy: true,
	}, measured)
}

func measured(*stage) part {
	n := 0
	return part{
		update: func(tick int) { ill(tick) },
		draw: func(*ebiten.Image) {
			n++
			harness.Work(harness.WorkOf(n))
		},
	}
}
