// A goroutine sets the title of a window.
package main

import (
	"runtime"

	"github.com/go-gl/glfw/v3.3/glfw"
)

func init() { runtime.LockOSThread() }

func main() {
	glfw.Init()
	w, _ := glfw.CreateWindow(1, 1, "")
	go func() {
		w.SetTitle("loaded") // want "foreign-call.*SetTitle"
	}()
	for !w.ShouldClose() {
		glfw.WaitEvents()
	}
}
