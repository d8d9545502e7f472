package gort

// Coroutine returns the goroutine that runs on behalf of g, which has switched to
// it and waits for it to switch back: the body of an iter.Pull, say. nil if g
// waits for no such thing. A coroutine's first function, runtime.corostart, keeps
// the runtime.coro, which in turn names the goroutine that waits meanwhile
// (runtime/coro.go, Go 1.23 to 1.27).
func (p *Program) Coroutine(g *Goroutine, gs []*Goroutine) *Goroutine {
	field, ok := p.Layout.Field("runtime.coro", "gp")
	if !ok || g.WaitReason != "coroutine" {
		return nil
	}
	for _, other := range gs {
		if other == g || len(other.Frames) < 2 {
			continue
		}
		// corostart is the last but one: below goexit.
		f := &other.Frames[len(other.Frames)-2]
		if f.Func.Name() != "runtime.corostart" {
			continue
		}
		found := false
		other.Words(f.SP, f.CFA+f.Func.argBytes(), func(_, w uint64) {
			if found || w < 1<<16 || w%8 != 0 || w >= other.Stack.Lo && w < other.Stack.Hi {
				return
			}
			waiting, err := p.word(w + uint64(field.Offset))
			found = err == nil && waiting == g.Addr
		})
		if found {
			return other
		}
	}
	return nil
}
