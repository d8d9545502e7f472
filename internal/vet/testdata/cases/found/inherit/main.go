// A goroutine does not inherit the lock of the one that starts it.
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
	w.MakeContextCurrent()
	go func() {
		for {
			gl.Clear(1) // want "unlocked.*gl.Clear"
		}
	}()
	for !w.ShouldClose() {
		glfw.PollEvents()
	}
}
