package main

import (
	"github.com/go-gl/gl/v2.1/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-read-pixels",
		Illness: "a frame picks the object under the pointer by reading back a pixel that the driver still draws",
		ID:      []string{"ui-stalled/gpu"},
		Where:   []string{"main.pickPixel"},
	}, program{build: readPixels})
}

func pickPixel(x, y int32) uint32 {
	var pixel [4]byte
	gl.ReadPixels(x, y, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, gl.Ptr(&pixel[0]))
	return uint32(pixel[0])<<16 | uint32(pixel[1])<<8 | uint32(pixel[2])
}

func readPixels(s *stage) func() {
	shader := compile(plasma)
	return func() {
		if s.Due() {
			drawPlasma(shader)
			pickPixel(100, 100)
		}
	}
}
