package page

import (
	"context"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/heap"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/probe/wasm"
)

// Waits makes evidence of the goroutines of a program that another probe has watched,
// from copies of its memory made while JavaScript had control, oldest first. rt is
// what else is known of it; what the memory tells is filled in. module is where its
// module came from, as options tell to ask for it; "": not known. The errors are those of
// [attach.Page].
func Waits(ctx context.Context, rt evidence.PageRuntime, started time.Time, copies []wasm.Copy, from wasm.Options, module string) (*evidence.Freeze, error) {
	f := &evidence.Freeze{Page: &rt}
	rt.Exports = slices.DeleteFunc(rt.Exports, func(name string) bool { return slices.Contains(runtimeExports, name) })
	rt.Callbacks, rt.Looks = -1, len(copies)
	var first *stacks.PageLook
	var firstOf wasm.Instance
	code := codeOf(ctx, from, func() string { return module })
	for i, c := range copies {
		last := i == len(copies)-1
		t, err := attach.Page(c.Memory)
		if err != nil {
			return nil, err
		}
		code(t)
		o := &opened{Target: t, mem: c.Memory, at: c.At}
		l, err := stacks.Page(o.target(), started, c.At, nil, last)
		if err != nil {
			return nil, err
		}
		if !last {
			first, firstOf = l, c.Of
			continue
		}
		f.Goroutines, f.Holds = l.Goroutines, l.Holds
		if first != nil && firstOf == c.Of {
			f.Earlier = unchanged(first.Snapshot.Goroutines, l)
		}
		rt.Memory, rt.Timers = int64(len(c.Memory)), timers(o)
		if list, known := t.Program.JSFuncs(); known {
			rt.Callbacks = len(list)
		}
		if !started.IsZero() {
			rt.Ran = c.At.Sub(started)
		}
		if rt.NoHeap = c.Moved; !c.Moved {
			forever(ctx, o, &rt)
		}
	}
	return f, nil
}

// forever finds which goroutines nothing can wake. It needs the heap of one moment.
func forever(ctx context.Context, o *opened, rt *evidence.PageRuntime) {
	stuck, err := heap.WaitForever(ctx, o.target())
	rt.NoHeap = err != nil
	for _, s := range stuck {
		rt.Stuck = append(rt.Stuck, evidence.StuckGoroutine{Goroutine: s.Goroutine, Never: s.Never, Others: s.Others})
	}
}

// PartsOf returns what tells where in a program's memory the parts lie that its
// goroutines' reading needs, see [wasm.Page.LookAt]: learnt from the first copy of an
// instance that it is given.
func PartsOf() func(of wasm.Instance, mem []byte) (wasm.Parts, bool) {
	var known *wasm.Parts
	var knownOf wasm.Instance
	return partsOf(&known, &knownOf)
}

func partsOf(known **wasm.Parts, knownOf *wasm.Instance) func(of wasm.Instance, mem []byte) (wasm.Parts, bool) {
	return func(of wasm.Instance, mem []byte) (wasm.Parts, bool) {
		if *knownOf != of {
			*known, *knownOf = nil, of
		}
		if *known == nil && mem != nil {
			if t, err := attach.Page(mem); err == nil {
				*known = partsIn(t)
			}
		}
		if *known == nil {
			return wasm.Parts{}, false
		}
		return **known, true
	}
}

func partsIn(t *attach.Target) *wasm.Parts {
	p := wasm.Parts(t.Program.WasmParts())
	return &p
}
