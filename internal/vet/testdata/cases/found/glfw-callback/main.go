// A key callback sleeps.
package main

import (
	"runtime"
	"time"

	"github.com/go-gl/glfw/v3.3/glfw"
)

func init() { runtime.LockOSThread() }

func main() {
	glfw.Init()
	w, _ := glfw.CreateWindow(1, 1, "")
	w.SetKeyCallback(func(*glfw.Window, glfw.Key) {
		time.Sleep(time.Second) // want "risky-call.*time.Sleep"
	})
	for !w.ShouldClose() {
		glfw.PollEvents()
	}
}
