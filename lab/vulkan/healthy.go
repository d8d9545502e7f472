package main

// #include "vk.h"
import "C"

import "github.com/gomedic/gomedic/lab/harness"

func init() {
	faults.Add(harness.Fault{
		Name:    "vulkan-healthy-frames",
		Illness: "none: frames in flight, each waits for its own fence, as it should",
		Healthy: true,
		Short:   true,
	}, program{})
	faults.Add(harness.Fault{
		Name:    "vulkan-healthy-fences",
		Illness: "none: a fence for each frame, destroyed three frames later, and images that come and go",
		Healthy: true,
	}, program{after: fences, before: images})
	faults.Add(harness.Fault{
		Name:    "vulkan-healthy-pool",
		Illness: "none: a pool of a hundred semaphores fills up in the first frames and is kept",
		Healthy: true,
	}, program{after: fillPool})
	faults.Add(harness.Fault{
		Name:    "vulkan-healthy-idle-now-and-then",
		Illness: "none: every two seconds the device is idle once, when a level is loaded",
		Healthy: true,
	}, program{after: loadLevel})
}

var waiting []C.VkFence

func fences() {
	fence := C.vkLabCreateFence()
	C.vkLabSubmitFence(fence)
	if waiting = append(waiting, fence); len(waiting) > 3 {
		C.vkLabWaitFence(waiting[0])
		C.vkLabDestroyFence(waiting[0])
		waiting = waiting[1:]
	}
}

type texture struct {
	image  C.VkImage
	memory C.VkDeviceMemory
}

var textures []texture

func images() {
	var t texture
	t.image = C.vkLabCreateImage(32, &t.memory)
	if textures = append(textures, t); len(textures) > 20 {
		C.vkLabDestroyImage(textures[0].image, textures[0].memory)
		textures = textures[1:]
	}
}

var pool []C.VkSemaphore

func fillPool() {
	if len(pool) < 100 {
		pool = append(pool, C.vkLabCreateSemaphore())
	}
}

var drawn int

func loadLevel() {
	if drawn++; drawn%120 == 0 {
		C.vkLabDeviceWaitIdle()
	}
}
