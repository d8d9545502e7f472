package main

import (
	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-leak-handlers",
		Illness: "each bullet registers what happens when it hits, and nothing takes a handler out again",
		Leak:    true,
		ID:      []string{"leak/listener"},
		Global:  "main.theWorld",
		Chain:   []string{"onHit", "main.fire.func1"},
		Where:   []string{"main.fire"},
	}, leakHandlers)
}

type bullet struct {
	x, y  float64
	trail [200]float64
	hit   bool
}

type arena struct {
	onHit map[int][]func(target int)
	fired int
}

var theWorld = arena{onHit: make(map[int][]func(int))}

//go:noinline
func fire(x float64) *bullet {
	b := &bullet{x: x}
	theWorld.fired++
	enemy := theWorld.fired % 16
	theWorld.onHit[enemy] = append(theWorld.onHit[enemy], func(int) { b.hit = true })
	return b
}

func leakHandlers(*stage) part {
	var flying *bullet
	return part{update: func(tick int) {
		if ill(tick); tick >= illAt && tick%2 == 0 {
			flying = fire(float64(tick))
		} else if flying != nil {
			flying.y++
		}
	}}
}
