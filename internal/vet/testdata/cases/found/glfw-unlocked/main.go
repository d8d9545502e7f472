// Nothing locks the main goroutine to its thread.
package main

import (
	"github.com/go-gl/glfw/v3.3/glfw"
)

func main() {
	glfw.Init() // want "unlocked.*LockOSThread"
	for {
		glfw.PollEvents()
	}
}
