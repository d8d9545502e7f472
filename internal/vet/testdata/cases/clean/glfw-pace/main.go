// The loop of the program sets its own pace.
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
	tick := time.NewTicker(16 * time.Millisecond)
	for !w.ShouldClose() {
		glfw.PollEvents()
		w.SwapBuffers()
		<-tick.C
		time.Sleep(time.Millisecond * 5)
	}
	glfw.Terminate()
}
