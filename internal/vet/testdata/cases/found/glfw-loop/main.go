// The loop of the program reads a file each turn.
package main

import (
	"os"
	"runtime"

	"github.com/go-gl/glfw/v3.3/glfw"
)

func init() { runtime.LockOSThread() }

func main() {
	glfw.Init()
	w, _ := glfw.CreateWindow(1, 1, "")
	for !w.ShouldClose() {
		os.ReadFile("scene") // want "risky-call.*os.ReadFile"
		w.SwapBuffers()
		glfw.PollEvents()
	}
}
