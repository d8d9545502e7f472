package main

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-stutter-quota",
		Illness: "a container allows the game 50 ms of processor time in each 100 ms, and the game needs more",
		ID:      []string{"ui-starved/scheduler"},
	}, stutterQuota)
}

func stutterQuota(*stage) part {
	game := sprites(nil)
	return part{draw: game.draw, update: func(tick int) {
		if tick == illAt {
			if err := harness.Quota(50*time.Millisecond, 100*time.Millisecond); err != nil {
				harness.Skip("no CPU quota: " + err.Error())
			}
		}
		game.update(tick)
	}}
}
