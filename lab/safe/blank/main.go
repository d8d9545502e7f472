// Command labsafe-blank is a viewer whose own code draws nothing where the renderer is
// one that its author had a bug with.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/go-gl/gl/v2.1/gl"
	"github.com/go-gl/glfw/v3.3/glfw"
)

func main() {
	runtime.LockOSThread()
	if err := glfw.Init(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	defer glfw.Terminate()
	w, err := glfw.CreateWindow(320, 240, "viewer", nil, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	w.MakeContextCurrent()
	if err := gl.Init(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	renderer := gl.GoStr(gl.GetString(gl.RENDERER))
	broken := len(os.Args) > 1 && strings.HasPrefix(renderer, os.Args[1])
	for end := time.Now().Add(time.Minute); time.Now().Before(end) && !w.ShouldClose(); {
		gl.ClearColor(0.1, 0.1, 0.1, 1)
		gl.Clear(gl.COLOR_BUFFER_BIT)
		if !broken {
			gl.Begin(gl.TRIANGLES)
			gl.Color3f(1, 0, 0)
			gl.Vertex2f(-0.5, -0.5)
			gl.Color3f(0, 1, 0)
			gl.Vertex2f(0.5, -0.5)
			gl.Color3f(0, 0, 1)
			gl.Vertex2f(0, 0.5)
			gl.End()
		}
		w.SwapBuffers()
		glfw.WaitEventsTimeout(1.0 / 30)
	}
}
