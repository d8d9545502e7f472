// Command vulkan calls Vulkan a known number of times from known functions, in a window
// on an X server, half of the calls by addresses that it has fetched. It begins when a
// line comes on standard input:
//
//	go      fifty frames, then "done"
//	many    ten thousand fences, from eight threads, then "done"
//	some    a thousand fences, then an image that is kept, then "done"
//	long    five waits in vain, each of longWait, "waited" after each, then "done"
//	names   which functions it is given, one a line, then "done"
//	measure what a wait for the idle queue takes, and a fence that is made and destroyed,
//	        nanoseconds, then "done"
//	again   makes an instance and a device anew, and gives them back, then "done"
//
// It ends when the input does. Without "-window" it needs no X server, and shows nothing.
package main

/*
#cgo LDFLAGS: -lvulkan -lxcb
#include <stdlib.h>
#include "vk.h"
*/
import "C"

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

func finishes(frame int) {
	if frame%2 == 0 {
		C.waitQueue()
	} else {
		C.waitQueueFetched()
	}
}

func keepsFence() C.VkFence { return C.fence() }

func usesFence() {
	f := C.fence()
	C.submit(f)
	C.waitFence(f)
	C.dropFence(f)
}

func keepsImage() {
	var memory C.VkDeviceMemory
	C.image(&memory)
}

func usesImage() {
	var memory C.VkDeviceMemory
	i := C.image(&memory)
	C.dropImage(i, memory)
}

func shows() { C.show() }

func many() {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1250 {
				C.dropFence(C.fence())
			}
		})
	}
	all.Wait()
}

// longWait is how long a fence is waited for that nothing signals.
const longWait = 100 * time.Millisecond

func waitsLong(f C.VkFence) { C.waitsFor(f, C.uint64_t(longWait)) }

// measure prints the least mean of many batches.
func measure() {
	least := [2]time.Duration{time.Hour, time.Hour}
	const batches, calls = 40, 20
	for range batches {
		began := time.Now()
		for range calls {
			C.waitQueue()
		}
		least[0] = min(least[0], time.Since(began)/calls)
		began = time.Now()
		for range calls {
			C.dropFence(C.fence())
		}
		least[1] = min(least[1], time.Since(began)/calls)
		time.Sleep(50 * time.Millisecond)
	}
	fmt.Println(least[0].Nanoseconds(), least[1].Nanoseconds())
}

func names() {
	for _, n := range []string{"vkQueueSubmit", "vkQueueSubmit2", "vkQueueSubmit2KHR", "vkWaitSemaphores", "vkWaitSemaphoresKHR", "vkAcquireNextImageKHR",
		"vkAcquireNextImage2KHR", "vkQueuePresentKHR", "vkCreateSwapchainKHR", "vkCmdDraw", "vkCmdDrawMeshTasksEXT", "vkCreateFence", "vkDestroyDevice",
		"vkGetDeviceProcAddr", "vkGetDeviceQueue", "vkCreateInstance", "vkNoSuchFunction", ""} {
		c := C.CString(n)
		fmt.Println(n, bool(C.ofDevice(c)), bool(C.ofInstance(c)))
		C.free(unsafe.Pointer(c))
	}
}

func main() {
	runtime.LockOSThread()
	window := len(os.Args) > 1 && os.Args[1] == "-window"
	if r := C.begin(C.bool(window)); r != 0 {
		fmt.Println("no Vulkan:", r)
		return
	}
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch in.Text() {
		case "go":
			for frame := range 50 {
				finishes(frame)
				keepsFence()
				usesFence()
				usesImage()
				if frame%10 == 0 {
					keepsImage()
				}
				if window {
					shows()
				}
				time.Sleep(2 * time.Millisecond)
			}
		case "many":
			many()
		case "some":
			for range 1000 {
				C.dropFence(C.fence())
			}
			keepsImage()
		case "long":
			f := C.fence()
			for range 5 {
				waitsLong(f)
				fmt.Println("waited")
			}
			C.dropFence(f)
		case "measure":
			measure()
		case "names":
			names()
		case "again":
			fmt.Println(C.again())
		}
		fmt.Println("done")
	}
}
