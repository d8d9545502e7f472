package main

// #include "vk.h"
import "C"

import "github.com/gomedic/gomedic/lab/harness"

func init() {
	faults.Add(harness.Fault{
		Name:    "vulkan-queue-wait-idle",
		Illness: "each frame waits until the queue is idle before it shows the picture",
		ID:      []string{"gpu/finish-per-frame"},
		Where:   []string{"main.afterSubmit"},
		Probes:  true,
		Short:   true,
	}, program{before: func() { C.vkLabHeavy(1) }, after: afterSubmit})
	faults.Add(harness.Fault{
		Name:    "vulkan-device-wait-idle",
		Illness: "each frame waits for the whole device, because its buffers are written anew",
		ID:      []string{"gpu/finish-per-frame"},
		Where:   []string{"main.(*uploader).flush"},
		Probes:  true,
	}, program{before: func() { C.vkLabHeavy(1) }, after: func() { uploads.flush() }})
}

//go:noinline
func afterSubmit() { C.vkLabQueueWaitIdle() }

type uploader struct{ frames int }

var uploads uploader

func (u *uploader) flush() {
	u.frames++
	C.vkLabDeviceWaitIdle()
}
