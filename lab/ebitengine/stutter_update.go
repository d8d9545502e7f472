package main

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-stutter-update",
		Illness: "every tenth Update gives the opponent 45 ms to think, which is nearly three frames",
		ID:      []string{"ui-busy/cpu"},
		Where:   []string{"main.(*opponent).search"},
	}, stutterUpdate)
}

type opponent struct {
	board [64]int8
	best  int
}

// search plays random moves to the end until its time is over.
func (o *opponent) search(budget time.Duration) {
	seed := uint32(o.best) + 1
	for end := time.Now().Add(budget); time.Now().Before(end); {
		board, value := o.board, 0
		for range 2000 {
			seed = seed*1664525 + 1013904223
			board[seed>>26] ^= 1
			value += int(board[(seed>>20)&63])
		}
		o.best = max(o.best, value)
	}
}

func stutterUpdate(*stage) part {
	o := new(opponent)
	return part{update: func(tick int) {
		ill(tick)
		if tick >= illAt && tick%10 == 0 {
			o.search(45 * time.Millisecond)
		}
	}}
}
