// The loop stands in a method, the call in another.
package main

import (
	"net/http"
	"runtime"

	"github.com/go-gl/glfw/v3.3/glfw"
)

func init() { runtime.LockOSThread() }

type program struct{ w *glfw.Window }

func (p *program) loop() {
	for !p.w.ShouldClose() {
		p.frame()
		p.w.SwapBuffers()
		glfw.PollEvents()
	}
}

func (p *program) frame() {
	http.Get("http://example.com") // want "risky-call.*http.Get"
}

func main() {
	glfw.Init()
	w, _ := glfw.CreateWindow(1, 1, "")
	(&program{w}).loop()
}
