// Command glfw-states brings a GLFW program into one state, named by its
// argument, for the recorded stacks of internal/toolkit.
package main

import (
	"log"
	"os"
	"runtime"
	"time"

	"github.com/go-gl/gl/v3.2-core/gl"
	"github.com/go-gl/glfw/v3.3/glfw"
)

func init() { runtime.LockOSThread() }

func main() {
	if err := glfw.Init(); err != nil {
		log.Fatal(err)
	}
	w, err := glfw.CreateWindow(320, 240, "glfw-states", nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	w.MakeContextCurrent()
	if err := gl.Init(); err != nil {
		log.Fatal(err)
	}
	run(w, os.Args[1])
}

// run is the program's loop.
func run(w *glfw.Window, state string) {
	glfw.SwapInterval(0)
	for !w.ShouldClose() {
		switch state {
		case "swap": // draws as fast as it can
			draw()
			w.SwapBuffers()
			glfw.PollEvents()
		case "timeout": // waits for events, but not for long
			glfw.WaitEventsTimeout(3600)
		case "finish": // waits for the driver
			for range 1000 {
				draw()
				gl.Finish()
			}
		case "freeze": // a function of the loop sleeps
			step()
		case "iconified":
			w.Iconify()
			glfw.WaitEvents()
		}
	}
}

func draw() { gl.Clear(gl.COLOR_BUFFER_BIT) }

//go:noinline
func step() { time.Sleep(time.Hour) }
