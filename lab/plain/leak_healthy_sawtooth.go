package main

import (
	"fmt"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-leak-healthy-sawtooth",
		Illness: "none: measurements gather in a map for four seconds, are then summed up, and the map is cleared",
		Leak:    true,
		Short:   true,
		Healthy: true,
	}, leakHealthySawtooth)
}

type measurement struct {
	value float64
	raw   [1 << 10]byte
}

var measured = make(map[string]*measurement)

func leakHealthySawtooth() {
	go func() {
		for n := 0; ; n++ {
			measured[fmt.Sprint("sensor ", n)] = &measurement{value: float64(n)}
			if n%400 == 399 {
				clear(measured)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	harness.Armed()
}
