package gpucalls

import (
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/bpf"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/cstack"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// converter turns what led to a call into frames.
func (w *watcher) converter(known map[uint64]bpf.Stack) func(key uint64) converted {
	reader := stacks.NewReader(w.t)
	unwinder := cstack.New(w.t.Process, w.mappings(), cstack.Options{IsGo: w.t.Program.IsText})
	seen := map[uint64]converted{}
	return func(key uint64) converted {
		c, ok := seen[key]
		if !ok {
			s := known[key]
			var frames []gort.Frame
			for _, pc := range s.Go {
				f, ok := w.t.Program.FindFunc(pc - 1)
				if !ok {
					break
				}
				frames = append(frames, gort.Frame{PC: pc, Func: f})
			}
			c.frames = reader.Frames(frames)
			c.place = userFrame(c.frames)
			if len(c.frames) == 0 {
				c.place = -1
				if f, ok := unwinder.Name(s.Caller); ok {
					c.caller = f
					c.frames = []evidence.Frame{f}
				}
			}
			seen[key] = c
		}
		return c
	}
}

// userFrame is the user's own frame of a stack, -1: none. cgo may put a call into a
// function literal, which stands on the line of the call: then it is its caller.
func userFrame(frames []evidence.Frame) int {
	at := toolkit.UserFrame(frames)
	for at >= 0 && at+1 < len(frames) {
		f, caller := &frames[at], &frames[at+1]
		if !strings.HasPrefix(f.Function, caller.Function+".func") || f.File != caller.File || f.Line != caller.Line {
			break
		}
		at++
	}
	return at
}

func (w *watcher) mappings() []proc.Mapping {
	maps, err := w.t.Process.Mappings()
	if err != nil {
		return nil
	}
	return maps
}
