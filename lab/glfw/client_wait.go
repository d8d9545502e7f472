package main

import (
	gl33 "github.com/go-gl/gl/v3.3-core/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-client-wait",
		Illness: "each frame makes a sync object and waits for it at once",
		ID:      []string{"ui-stalled/gpu"},
		Where:   []string{"main.waitDrawn"},
		Probes:  true,
	}, program{build: clientWait})
}

func waitDrawn() {
	sync := gl33.FenceSync(gl33.SYNC_GPU_COMMANDS_COMPLETE, 0)
	gl33.ClientWaitSync(sync, gl33.SYNC_FLUSH_COMMANDS_BIT, 1e9)
	gl33.DeleteSync(sync)
}

func clientWait(s *stage) func() {
	load33()
	scene := newPainting()
	return func() {
		scene.draw()
		if s.Due() {
			waitDrawn()
		}
	}
}
