package main

import (
	"unsafe"

	"github.com/go-gl/gl/v2.1/gl"
	gl33 "github.com/go-gl/gl/v3.3-core/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-map-buffer",
		Illness: "each frame maps the buffer that its picture is being drawn from",
		ID:      []string{"ui-stalled/gpu"},
		Where:   []string{"main.(*table).update"},
		Probes:  true,
	}, program{build: mapBuffer})
}

// lookup turns a colour by a table in a buffer.
const lookup = `#version 140
uniform samplerBuffer table;
void main() {
	vec2 v = gl_FragCoord.xy * 0.001;
	for (int i = 0; i < 60; i++)
		v = fract(v.yx * 1.37 + sin(v * float(i)) + texelFetch(table, i).xy);
	gl_FragColor = vec4(v, 0.5, 1.0);
}
` + "\x00"

const tableSize = 64 * 4 * 4

type table struct{ buffer uint32 }

func (t *table) update(v float32) {
	gl33.BindBuffer(gl33.TEXTURE_BUFFER, t.buffer)
	p := gl33.MapBuffer(gl33.TEXTURE_BUFFER, gl33.READ_WRITE)
	for i := range unsafe.Slice((*float32)(p), tableSize/4) {
		unsafe.Slice((*float32)(p), tableSize/4)[i] = v
	}
	gl33.UnmapBuffer(gl33.TEXTURE_BUFFER)
}

func mapBuffer(s *stage) func() {
	load33()
	shader := compile(lookup)
	var t table
	var texture uint32
	gl33.GenBuffers(1, &t.buffer)
	gl33.BindBuffer(gl33.TEXTURE_BUFFER, t.buffer)
	gl33.BufferData(gl33.TEXTURE_BUFFER, tableSize, nil, gl33.DYNAMIC_DRAW)
	gl33.GenTextures(1, &texture)
	gl33.BindTexture(gl33.TEXTURE_BUFFER, texture)
	gl33.TexBuffer(gl33.TEXTURE_BUFFER, gl33.RGBA32F, t.buffer)
	v := float32(0)
	return func() {
		gl.UseProgram(shader)
		gl.Rectf(-0.3, -0.3, 0.3, 0.3)
		gl.UseProgram(0)
		if v += 0.01; s.Due() {
			t.update(v)
		}
	}
}
