// The goroutine that draws locks itself to a thread of its own.
package main

import (
	"runtime"

	"github.com/go-gl/gl/v3.3-core/gl"
	"github.com/go-gl/glfw/v3.3/glfw"
)

func init() { runtime.LockOSThread() }

func main() {
	glfw.Init()
	w, _ := glfw.CreateWindow(1, 1, "")
	go func() {
		runtime.LockOSThread()
		w.MakeContextCurrent()
		gl.Init()
		for {
			gl.Clear(1)
			w.SwapBuffers()
		}
	}()
	for !w.ShouldClose() {
		glfw.WaitEvents()
	}
}
