package main

import (
	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-leak-closure",
		Illness: "the closure that updates the game keeps the ghosts of every attempt in a map of maps",
		Leak:    true,
		ID:      []string{"leak/map"},
		Chain:   []string{"main.leakClosure.func1"},
		Type:    []string{"main.ghost", "map[int]*main.ghost", "map[int]map[int]*main.ghost"},
		Where:   []string{"main.haunt", "main.leakClosure.func1"},
	}, leakClosure)
}

type ghost struct {
	tick int
	path [256][2]float64
}

//go:noinline
func haunt(tick int) *ghost { return &ghost{tick: tick} }

func leakClosure(*stage) part {
	attempts := make(map[int]map[int]*ghost)
	return part{update: func(tick int) {
		ill(tick)
		attempt := tick / 60
		if attempts[attempt] == nil {
			attempts[attempt] = make(map[int]*ghost)
		}
		attempts[attempt][tick] = haunt(tick)
	}}
}
