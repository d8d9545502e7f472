package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-json",
		Illness: "each frame encodes, decodes and sorts the whole state to see whether it changed",
		ID:      []string{"ui-busy/cpu", "ui-busy/alloc"},
		Where:   []string{"main.(*state).changed", "main.(*state).changed.func1"},
		Short:   true,
	}, program{build: jsonState})
}

type entity struct {
	Name     string
	Position [3]float64
	Tags     []string
}

type state struct{ entities []entity }

func (s *state) changed(rounds int) (changed bool) {
	for range rounds {
		encoded, _ := json.Marshal(s.entities)
		var again []entity
		if err := json.Unmarshal(encoded, &again); err != nil {
			return true
		}
		slices.SortFunc(again, func(a, b entity) int { return int(a.Position[0] - b.Position[0]) })
		changed = changed || len(again) != len(s.entities)
	}
	return changed
}

func jsonState(s *stage) func() {
	var all state
	for i := range 20_000 {
		all.entities = append(all.entities, entity{fmt.Sprint("entity ", i), [3]float64{float64(i * 7919 % 20_000), 1, 2}, []string{"a", "b"}})
	}
	return func() {
		if s.Due() {
			all.changed(100_000)
		}
	}
}
