package main

import (
	"math"
	"runtime"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-starved",
		Illness: "a thousand goroutines compute at once, and the game has one processor",
		ID:      []string{"ui-starved/scheduler"},
		Short:   true,
	}, starved)
}

func particle(x float64) {
	for {
		x = math.Mod(math.Sqrt(x)*1.7+1, 1e6)
	}
}

func starved(*stage) part {
	runtime.GOMAXPROCS(1)
	return part{update: func(tick int) {
		if ill(tick) {
			for i := range 1000 {
				go particle(float64(i))
			}
		}
	}}
}
