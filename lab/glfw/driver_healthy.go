package main

import (
	gl33 "github.com/go-gl/gl/v3.3-core/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-healthy-sync",
		Illness: "none: a ring of three sync objects, each waited for two frames later and deleted",
		Healthy: true,
		Probes:  true,
	}, program{build: syncRing})
	faults.Add(harness.Fault{
		Name:    "glfw-healthy-textures",
		Illness: "none: a cache of sixty textures, in which each frame replaces the oldest",
		Healthy: true,
		Probes:  true,
	}, program{build: textureCache})
}

func syncRing(s *stage) func() {
	load33()
	var ring []uintptr
	s.Later(harness.Armed)
	return func() {
		spinner()
		ring = append(ring, gl33.FenceSync(gl33.SYNC_GPU_COMMANDS_COMPLETE, 0))
		if len(ring) > 2 {
			gl33.ClientWaitSync(ring[0], gl33.SYNC_FLUSH_COMMANDS_BIT, 1e9)
			gl33.DeleteSync(ring[0])
			ring = ring[1:]
		}
	}
}

func textureCache(s *stage) func() {
	load33()
	pixels := make([]byte, 16*16*4)
	var cache []label
	s.Later(harness.Armed)
	return func() {
		spinner()
		var l label
		l.render(pixels)
		if cache = append(cache, l); len(cache) > 60 {
			gl33.DeleteTextures(1, &cache[0].texture)
			cache = cache[1:]
		}
	}
}
