package main

// #include "vk.h"
import "C"

import "github.com/gomedic/gomedic/lab/harness"

// What gomedic starts itself is seen by its Vulkan layer, without probes.
func init() {
	faults.Add(harness.Fault{
		Name:    "vulkan-layer-wait-idle",
		Illness: "each frame waits until the queue is idle; gomedic has started the program",
		Started: true,
		ID:      []string{"gpu/finish-per-frame"},
		Where:   []string{"main.afterSubmit"},
		Short:   true,
	}, program{before: func() { C.vkLabHeavy(1) }, after: afterSubmit})
	faults.Add(harness.Fault{
		Name:    "vulkan-layer-fence-leak",
		Illness: "each frame makes a fence and forgets it; gomedic has started the program",
		Started: true,
		ID:      []string{"gpu/sync-object-leak"},
		Where:   []string{"main.uploadDone"},
		Short:   true,
	}, program{after: uploadDone})
	faults.Add(harness.Fault{
		Name:    "vulkan-layer-image-leak",
		Illness: "each frame makes an image and never destroys the old one; gomedic has started the program",
		Started: true,
		ID:      []string{"leak/image"},
		Where:   []string{"main.(*thumbnail).load"},
	}, program{before: func() { shown.load() }})
	faults.Add(harness.Fault{
		Name:    "vulkan-layer-healthy",
		Illness: "none: fences and images come and go; gomedic has started the program",
		Started: true,
		Healthy: true,
	}, program{after: fences, before: images})
}
