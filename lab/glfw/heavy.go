package main

import (
	"fmt"
	"os"

	"github.com/go-gl/gl/v2.1/gl"
)

// plasma turns a colour 64,000 times for every pixel. Mesa's llvmpipe ends the
// loops of a shader after 65,535 rounds in all.
const plasma = `
uniform float start;
void main() {
	vec2 v = gl_FragCoord.xy * start;
	for (int i = 0; i < 64; i++)
		for (int j = 0; j < 1000; j++)
			v = fract(v.yx * 1.37 + sin(v * float(i)));
	gl_FragColor = vec4(v, 0.5, 1.0);
}
` + "\x00"

// compile makes a program of one fragment shader.
func compile(source string) uint32 {
	shader := gl.CreateShader(gl.FRAGMENT_SHADER)
	text, free := gl.Strs(source)
	defer free()
	gl.ShaderSource(shader, 1, text, nil)
	gl.CompileShader(shader)
	all := gl.CreateProgram()
	gl.AttachShader(all, shader)
	gl.LinkProgram(all)
	var linked int32
	if gl.GetProgramiv(all, gl.LINK_STATUS, &linked); linked != gl.TRUE {
		fmt.Fprintln(os.Stderr, "the shader does not link")
		os.Exit(2)
	}
	return all
}

// drawPlasma asks the driver for a picture that takes it minutes, and returns
// at once: what waits for the picture comes later.
func drawPlasma(shader uint32) {
	gl.UseProgram(shader)
	gl.Uniform1f(gl.GetUniformLocation(shader, gl.Str("start\x00")), 0.001)
	gl.Enable(gl.BLEND) // else a driver may leave out what is painted over
	gl.BlendFunc(gl.ONE, gl.ONE)
	for range 20 {
		gl.Rectf(-1, -1, 1, 1)
	}
	gl.Disable(gl.BLEND)
	gl.UseProgram(0)
}
