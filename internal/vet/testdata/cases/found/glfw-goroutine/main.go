// The loop runs in a goroutine.
package main

import (
	"runtime"

	"github.com/go-gl/glfw/v3.3/glfw"
)

func init() { runtime.LockOSThread() }

func window() {
	glfw.Init() // want "unlocked.*Init"
	for {
		glfw.PollEvents()
	}
}

func main() {
	go window()
	select {}
}
