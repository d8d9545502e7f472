// The thread is locked after the program has waited.
package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/go-gl/glfw/v3.3/glfw"
)

func main() {
	b, _ := os.ReadFile("conf")
	fmt.Println(len(b))
	runtime.LockOSThread()
	glfw.Init() // want "unlocked.*too late"
	for {
		glfw.PollEvents()
	}
}
