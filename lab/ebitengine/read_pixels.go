package main

import (
	"github.com/hajimehoshi/ebiten/v2"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-read-pixels",
		Illness: "Update reads the pixels of an image that a far too heavy shader still draws",
		ID:      []string{"ui-stalled/gpu"},
		Where:   []string{"main.screenshot"},
		Short:   true,
	}, readPixels)
}

// plasma turns a colour 64,000 times for every pixel.
const plasma = `//kage:unit pixels
package main

func Fragment(dst vec4, src vec2, colour vec4) vec4 {
	v := dst.xy / 480
	for i := 0; i < 64; i++ {
		for j := 0; j < 1000; j++ {
			v = fract(v.yx*1.37 + sin(v*float(i)))
		}
	}
	return vec4(v, 0.5, 1)
}
`

func screenshot(shader *ebiten.Shader) []byte {
	image := ebiten.NewImage(480, 320)
	for range 20 {
		image.DrawRectShader(480, 320, shader, nil)
	}
	pixels := make([]byte, 4*480*320)
	image.ReadPixels(pixels)
	return pixels
}

func readPixels(*stage) part {
	shader, err := ebiten.NewShader([]byte(plasma))
	if err != nil {
		panic(err)
	}
	return part{update: func(tick int) {
		if ill(tick) {
			screenshot(shader)
		}
	}}
}
