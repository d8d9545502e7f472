package main

import (
	gl33 "github.com/go-gl/gl/v3.3-core/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-query-result",
		Illness: "each frame asks how many pixels it has drawn and waits for the answer",
		ID:      []string{"ui-stalled/gpu"},
		Where:   []string{"main.visible"},
		Probes:  true,
	}, program{build: queryResult})
}

func visible(query uint32, draw func()) (pixels uint32) {
	gl33.BeginQuery(gl33.SAMPLES_PASSED, query)
	draw()
	gl33.EndQuery(gl33.SAMPLES_PASSED)
	gl33.GetQueryObjectuiv(query, gl33.QUERY_RESULT, &pixels)
	return pixels
}

func queryResult(s *stage) func() {
	load33()
	scene := newPainting()
	var query uint32
	gl33.GenQueries(1, &query)
	return func() {
		if s.Due() {
			visible(query, scene.draw)
			return
		}
		scene.draw()
	}
}
