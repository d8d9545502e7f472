// Command glfw-3.4 is an idle GLFW 3.4 window; with the argument freeze its
// refresh callback sleeps.
package main

import (
	"log"
	"os"
	"runtime"
	"time"

	"github.com/go-gl/glfw/v3.4/glfw"
)

func init() { runtime.LockOSThread() }

func main() {
	if err := glfw.Init(); err != nil {
		log.Fatal(err)
	}
	defer glfw.Terminate()
	w, err := glfw.CreateWindow(320, 240, "glfw-3.4", nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	w.MakeContextCurrent()
	if len(os.Args) > 1 && os.Args[1] == "freeze" {
		w.SetSizeCallback(func(*glfw.Window, int, int) { freeze() })
		w.SetSize(400, 300)
	}
	for !w.ShouldClose() {
		w.SwapBuffers()
		glfw.WaitEvents()
	}
}

// freeze does not come back.
//
//go:noinline
func freeze() {
	time.Sleep(time.Hour)
}
