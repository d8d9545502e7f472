package gort

import "strings"

// wasmHeld is HeldAt where the code cannot be read: in a WebAssembly module it is not in
// memory. What is left are the inlining tables. sync's Lock and Unlock of a Mutex, RLock
// and RUnlock are inlined everywhere, so these tell in which order a function takes locks
// and gives them back, and not which locks. Callers hold p.lockMu.
func (p *Program) wasmHeld(f *Frame) []Held {
	r, ok := p.inline[f.Func.Entry]
	if !ok {
		r = p.inlineRanges(f.Func)
		if len(p.inline) > 1<<16 {
			clear(p.inline)
		}
		p.inline[f.Func.Entry] = r
	}
	at := f.PC
	if !f.Exact && at > f.Func.Entry {
		at--
	}
	// Of a Mutex, of an RWMutex for reading, and for writing.
	var depth, taken, later [3]int
	waits, last, start := false, "", f.Func.Entry
	for i, end := range r.ends {
		op := r.ops[i]
		here := at >= start && at < end
		start = end
		if op == last && !here {
			continue // one operation, in several ranges
		}
		last = op
		d := lockCalls[op]
		k := lockForm(op)
		switch {
		case op == "":
		case here:
			waits = d > 0
		case end <= at:
			if depth[k] = max(depth[k]+d, 0); d > 0 {
				taken[k]++
			}
		case d < 0:
			later[k]++
		}
	}
	var out []Held
	for k := range depth {
		h := Held{Certain: depth[k] > 0, Kind: "mutex", Waits: waits}
		if k > 0 {
			h.Kind, h.Read = "rwmutex", k == 1
		}
		// A way that gives it back and leaves may stand before the place in the code:
		// then it is given back again behind it.
		if h.Certain || taken[k] > 0 && later[k] > 0 {
			out = append(out, h)
		}
	}
	return out
}

func lockForm(op string) int {
	switch {
	case !strings.HasPrefix(op, "sync.(*RWMutex)"):
		return 0
	case isRead(op):
		return 1
	}
	return 2
}
