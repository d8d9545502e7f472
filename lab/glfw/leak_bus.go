package main

import (
	"github.com/go-gl/gl/v2.1/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-leak-bus",
		Illness: "each panel that opens subscribes to the event bus and never unsubscribes when it closes",
		Leak:    true,
		ID:      []string{"leak/listener"},
		Global:  "main.resized",
		Chain:   []string{"?subscribers", "main.openPanel.func1"},
		Where:   []string{"main.(*bus).subscribe", "main.openPanel"},
	}, program{build: leakBus})
}

type bus struct{ subscribers []func(width, height int) }

var resized bus

//go:noinline
func (b *bus) subscribe(f func(width, height int)) { b.subscribers = append(b.subscribers, f) }

type panel struct {
	width, height int
	vertices      []float32
}

func openPanel() *panel {
	p := &panel{vertices: make([]float32, 1024)}
	resized.subscribe(func(width, height int) { p.width, p.height = width, height })
	return p
}

// draw is all that is done with a panel before the next one takes its place.
func (p *panel) draw() {
	gl.Begin(gl.POINTS)
	for i := 0; i < 64; i += 2 {
		gl.Vertex2f(p.vertices[i], p.vertices[i+1])
	}
	gl.End()
}

func leakBus(s *stage) func() {
	shown, n := openPanel(), 0
	return func() {
		if n++; s.Due() && n%3 == 0 {
			shown = openPanel()
		}
		shown.draw()
	}
}
