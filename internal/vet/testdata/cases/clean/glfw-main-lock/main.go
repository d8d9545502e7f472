// main locks its thread before anything else.
package main

import (
	"log"
	"runtime"

	"github.com/go-gl/glfw/v3.3/glfw"
)

func main() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := glfw.Init(); err != nil {
		log.Fatal(err)
	}
	for {
		glfw.PollEvents()
	}
}
