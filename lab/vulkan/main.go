// Command labvulkan is a small program that draws by Vulkan, called through cgo, into
// a window of GLFW's, with one illness of your choice.
//
//	labvulkan -manifest     what must be found
//	labvulkan FAULT         open the window and fall ill
//
// Each fault stands in its own file; vk.c has the calls of Vulkan.
package main

/*
#cgo LDFLAGS: -lvulkan
#include <stdlib.h>
#include "vk.h"
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/gomedic/gomedic/lab/harness"
)

// delay is the time from the first frame to the illness.
const delay = 700 * time.Millisecond

// program is what is called in each frame, once an image is there to be drawn to.
type program struct {
	before func() // the frame's work is handed over
	after  func() // … before the picture is shown
	build  func() // once, when the window is there
}

var faults = harness.Table[program]{Toolkit: "vulkan"}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func open(title string) *glfw.Window {
	must(glfw.Init())
	glfw.WindowHint(glfw.ClientAPI, glfw.NoAPI)
	glfw.WindowHint(glfw.Resizable, glfw.False)
	window, err := glfw.CreateWindow(480, 320, title, nil, nil)
	must(err)
	names := window.GetRequiredInstanceExtensions()
	list := make([]*C.char, len(names))
	for i, n := range names {
		list[i] = C.CString(n)
	}
	var pinned runtime.Pinner
	pinned.Pin(&list[0])
	C.vkLabOpen(&list[0], C.uint32_t(len(list)))
	pinned.Unpin()
	surface, err := window.CreateWindowSurface(C.vkLabInstance(), nil)
	must(err)
	C.vkLabSurface(C.uintptr_t(surface)) // GLFW's Go package returns where it lies
	return window
}

func main() {
	fault, p := faults.Choose()
	runtime.LockOSThread()
	window := open(fault.Title())
	if p.build != nil {
		p.build()
	}
	ill := time.Now().Add(delay)
	for !window.ShouldClose() {
		is := time.Now().After(ill)
		if is {
			harness.Armed()
		}
		C.vkLabBegin()
		if is && p.before != nil {
			p.before()
		}
		C.vkLabSubmit()
		if is && p.after != nil {
			p.after()
		}
		C.vkLabPresent()
		glfw.WaitEventsTimeout(1.0 / 60)
	}
}
