package main

import (
	gl33 "github.com/go-gl/gl/v3.3-core/gl"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-sync-leak",
		Illness: "each frame makes a sync object to know when it is drawn, and forgets it",
		ID:      []string{"gpu/sync-object-leak"},
		Where:   []string{"main.mark"},
		Short:   true,
		Probes:  true,
	}, program{build: syncLeak})
	faults.Add(harness.Fault{
		Name:    "glfw-texture-leak",
		Illness: "a label is drawn into a new texture in each frame, and the old one is not deleted",
		ID:      []string{"leak/image"},
		Where:   []string{"main.(*label).render"},
		Probes:  true,
	}, program{build: textureLeak})
	faults.Add(harness.Fault{
		Name:    "glfw-framebuffer-leak",
		Illness: "every other frame makes a framebuffer for a shadow and deletes its texture alone",
		ID:      []string{"leak/image"},
		Where:   []string{"main.shadow"},
		Probes:  true,
	}, program{build: framebufferLeak})
}

var marks []uintptr

func mark() {
	marks = append(marks, gl33.FenceSync(gl33.SYNC_GPU_COMMANDS_COMPLETE, 0))
	if len(marks) > 3 {
		marks = marks[1:]
	}
}

func syncLeak(s *stage) func() {
	load33()
	return func() {
		spinner()
		if s.Due() {
			mark()
		}
	}
}

type label struct{ texture uint32 }

func (l *label) render(pixels []byte) {
	gl33.GenTextures(1, &l.texture)
	gl33.BindTexture(gl33.TEXTURE_2D, l.texture)
	gl33.TexImage2D(gl33.TEXTURE_2D, 0, gl33.RGBA, 16, 16, 0, gl33.RGBA, gl33.UNSIGNED_BYTE, gl33.Ptr(&pixels[0]))
	gl33.BindTexture(gl33.TEXTURE_2D, 0)
}

func textureLeak(s *stage) func() {
	load33()
	var l label
	pixels := make([]byte, 16*16*4)
	return func() {
		spinner()
		if s.Due() {
			l.render(pixels)
		}
	}
}

func shadow() {
	var buffer, texture uint32
	gl33.GenTextures(1, &texture)
	gl33.BindTexture(gl33.TEXTURE_2D, texture)
	gl33.TexImage2D(gl33.TEXTURE_2D, 0, gl33.RGBA, 16, 16, 0, gl33.RGBA, gl33.UNSIGNED_BYTE, nil)
	gl33.GenFramebuffers(1, &buffer)
	gl33.BindFramebuffer(gl33.FRAMEBUFFER, buffer)
	gl33.FramebufferTexture2D(gl33.FRAMEBUFFER, gl33.COLOR_ATTACHMENT0, gl33.TEXTURE_2D, texture, 0)
	gl33.Clear(gl33.COLOR_BUFFER_BIT)
	gl33.BindFramebuffer(gl33.FRAMEBUFFER, 0)
	gl33.DeleteTextures(1, &texture)
}

func framebufferLeak(s *stage) func() {
	load33()
	n := 0
	return func() {
		spinner()
		if n++; s.Due() && n%2 == 0 {
			shadow()
		}
	}
}
