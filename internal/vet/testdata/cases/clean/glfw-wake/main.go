// A goroutine wakes the loop.
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
	go func() {
		time.Sleep(time.Second)
		glfw.PostEmptyEvent()
	}()
	for !w.ShouldClose() {
		glfw.WaitEvents()
	}
}
