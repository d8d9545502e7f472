package main

import (
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/ebitenutil"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-stutter-sleep",
		Illness: "Draw waits 50 ms for a gamepad to settle, five times a second",
		ID:      []string{"ui-blocked/sleep"},
		Where:   []string{"main.settle"},
	}, stutterSleep)
}

func settle() { time.Sleep(50 * time.Millisecond) }

func stutterSleep(*stage) part {
	now := 0
	return part{
		update: func(tick int) { now = tick; ill(tick) },
		draw: func(screen *ebiten.Image) {
			if now >= illAt && now%12 == 0 {
				settle()
			}
			ebitenutil.DebugPrint(screen, "gamepad: ready")
		},
	}
}
