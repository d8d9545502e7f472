package main

// #include "vk.h"
import "C"

import "github.com/gomedic/gomedic/lab/harness"

func init() {
	faults.Add(harness.Fault{
		Name:    "vulkan-fence-leak",
		Illness: "each frame makes a fence for its upload and forgets it",
		ID:      []string{"gpu/sync-object-leak"},
		Where:   []string{"main.uploadDone"},
		Probes:  true,
		Short:   true,
	}, program{after: uploadDone})
	faults.Add(harness.Fault{
		Name:    "vulkan-semaphore-leak",
		Illness: "each frame makes two semaphores and destroys one",
		ID:      []string{"gpu/sync-object-leak"},
		Where:   []string{"main.chain"},
		Probes:  true,
	}, program{before: chain})
	faults.Add(harness.Fault{
		Name:    "vulkan-event-leak",
		Illness: "each third frame makes an event for a split barrier and never destroys it",
		ID:      []string{"gpu/sync-object-leak"},
		Where:   []string{"main.barrier"},
		Probes:  true,
	}, program{before: barrier})
	faults.Add(harness.Fault{
		Name:    "vulkan-image-leak",
		Illness: "each frame makes the image of a thumbnail anew and never destroys the old one",
		ID:      []string{"leak/image"},
		Where:   []string{"main.(*thumbnail).load"},
		Probes:  true,
	}, program{before: func() { shown.load() }})
}

func uploadDone() {
	fence := C.vkLabCreateFence()
	C.vkLabSubmitFence(fence)
	C.vkLabWaitFence(fence)
}

func chain() {
	one, two := C.vkLabCreateSemaphore(), C.vkLabCreateSemaphore()
	C.vkLabDestroySemaphore(one)
	_ = two
}

var turns int

func barrier() {
	if turns++; turns%3 == 0 {
		C.vkLabCreateEvent()
	}
}

type thumbnail struct{ image C.VkImage }

var shown thumbnail

//go:noinline
func (t *thumbnail) load() {
	var memory C.VkDeviceMemory
	t.image = C.vkLabCreateImage(16, &memory)
}
