// The thread is locked after the library was initialised.
package main

import (
	"runtime"

	"github.com/go-gl/glfw/v3.3/glfw"
)

func main() {
	glfw.Init() // want "unlocked.*too late"
	runtime.LockOSThread()
	for {
		glfw.PollEvents()
	}
}
