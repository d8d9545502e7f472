package wasm

import (
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/dump"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// panicIn reads what a program wrote when it broke down, nil where it did not.
func panicIn(stderr string, t *evidence.Target) *evidence.WasmPanic {
	begin := -1
	for _, word := range []string{"panic: ", "fatal error: ", "runtime: out of memory"} {
		for from := 0; ; {
			i := strings.Index(stderr[from:], word)
			if i < 0 {
				break
			}
			if i += from; i == 0 || stderr[i-1] == '\n' {
				if begin < 0 || i < begin {
					begin = i
				}
				break
			}
			from = i + 1
		}
	}
	if begin < 0 {
		return nil
	}
	text := stderr[begin:]
	message, _, _ := strings.Cut(text, "\n\ngoroutine ")
	// What was recovered and what follows is one message; the runtime indents it.
	lines := strings.Split(strings.TrimSpace(message), "\n")
	p := &evidence.WasmPanic{Message: clip(strings.Join(lines[:min(len(lines), 8)], "\n"))}
	d, err := dump.Read(strings.NewReader(text))
	if err != nil || d.Evidence.Freeze == nil {
		return p
	}
	all := d.Evidence.Freeze.Goroutines
	for i := range all {
		reorigin(&all[i], t)
	}
	// The runtime prints the goroutine that broke down first.
	for i := range all {
		if i == 0 {
			p.Goroutine = &all[i]
		} else if len(p.Others) < 64 {
			p.Others = append(p.Others, all[i])
		}
	}
	return p
}

// reorigin says again whose code the frames are, now that the program is known.
func reorigin(g *evidence.Goroutine, t *evidence.Target) {
	if t.Go == "" {
		return
	}
	for i := range g.Frames {
		f := &g.Frames[i]
		f.Package = packageOf(f.Function)
		f.Origin = toolkit.OriginOf(t, f.Package, f.File)
	}
	if c := g.Created; c != nil {
		c.Package = packageOf(c.Function)
		c.Origin = toolkit.OriginOf(t, c.Package, c.File)
	}
}
