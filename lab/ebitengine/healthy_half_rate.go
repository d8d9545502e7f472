package main

import (
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-healthy-half-rate",
		Illness: "none: a card game asks the engine for 30 frames a second, one by one",
		Healthy: true,
	}, halfRate)
}

func halfRate(*stage) part {
	ebiten.SetFPSMode(ebiten.FPSModeVsyncOffMinimum)
	go func() {
		for range time.Tick(time.Second / 30) {
			ebiten.ScheduleFrame()
		}
	}()
	return part{update: func(tick int) { ill(tick) }}
}
