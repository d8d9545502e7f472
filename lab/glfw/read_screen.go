package main

import (
	"github.com/go-gl/gl/v2.1/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-read-screen",
		Illness: "each frame reads the whole window back for a recording",
		ID:      []string{"ui-stalled/gpu"},
		Where:   []string{"main.(*recorder).frame"},
		Probes:  true,
	}, program{build: readScreen})
}

type recorder struct{ pixels []byte }

func (r *recorder) frame() {
	gl.ReadPixels(0, 0, 480, 320, gl.RGBA, gl.UNSIGNED_BYTE, gl.Ptr(&r.pixels[0]))
}

func readScreen(s *stage) func() {
	scene, r := newPainting(), &recorder{make([]byte, 480*320*4)}
	return func() {
		scene.draw()
		if s.Due() {
			r.frame()
		}
	}
}
