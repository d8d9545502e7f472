package main

import (
	"github.com/go-gl/gl/v2.1/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-finish-per-frame",
		Illness: "each frame calls glFinish before the swap, to be sure that everything is drawn",
		ID:      []string{"gpu/finish-per-frame", "ui-stalled/gpu"},
		Where:   []string{"main.(*renderer).end"},
		Short:   true,
		Probes:  true,
	}, program{build: finishEach})
}

type renderer struct{ picture *painting }

func (r *renderer) end() {
	gl.Finish()
}

func finishEach(s *stage) func() {
	r := &renderer{newPainting()}
	return func() {
		r.picture.draw()
		if s.Due() {
			r.end()
		}
	}
}
