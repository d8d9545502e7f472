package reload

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Load runs open, which loads a new generation's code: what it registers replaces the
// components of the same names. It returns once the first frames are drawn, the
// generation is given up, or ctx is done. One is loaded at a time.
func (h *Host) Load(ctx context.Context, open func() error) *Record {
	h.loading.Lock()
	defer h.loading.Unlock()
	r := &Record{Generation: h.next.Add(1) - 1, At: time.Now(), Outcome: OK}
	defer h.report(r)
	var b *batch
	if !r.stage(StageLoad, func() (Outcome, error) {
		var err error
		if b, err = h.o.components.collect(r.Generation, open); err != nil {
			return Failed, err
		}
		if len(b.components) == 0 {
			return Failed, errors.New("it registers no component: has it been loaded before, or does no init function of it call reload.Register?")
		}
		r.Components = slices.Sorted(maps.Keys(b.components))
		return OK, nil
	}) {
		_ = h.ShowError(ctx, r.Err()) // the record has it
		return r
	}
	g := h.newGeneration(r.Generation, b)
	began := time.Now()
	err := h.onUI(ctx, func() {
		if h.trial != nil {
			h.settle(h.trial) // it had time enough
		}
		h.change(g, r)
	})
	if err != nil {
		r.Outcome = Failed
		r.Stages = append(r.Stages, Stage{Name: StageTrial, TookMS: float64(time.Since(began).Milliseconds()), Outcome: Failed, Why: err.Error()})
		return r
	}
	if r.Outcome != OK {
		return r
	}
	r.stage(StageFirstFrame, func() (Outcome, error) { return h.awaitFrames(ctx, g) })
	if n := len(r.Stages) - 1; !g.firstAt().IsZero() && r.Outcome == OK {
		r.Stages[n].TookMS = max(0, float64(g.firstAt().Sub(r.swappedAt).Microseconds())/1000)
	}
	r.Aside = g.layer.news()
	return r
}

func (h *Host) newGeneration(n uint64, b *batch) *generation {
	g := &generation{n: n, batch: b, layer: h.store.newLayer(n), new: map[*Mount]*instance{}, old: map[*Mount]*instance{},
		frames: map[*Mount]int{}, done: make(chan struct{})}
	g.layer.types = h.o.components.types(b)
	return g
}

// firstAt is when the first frame was drawn. It is valid after done.
func (g *generation) firstAt() time.Time {
	select {
	case <-g.done:
		return g.first
	default:
		return time.Time{}
	}
}

// change tries a generation and shows it; on the UI's goroutine.
func (h *Host) change(g *generation, r *Record) bool {
	if !r.stage(StageTrial, func() (Outcome, error) {
		for _, m := range h.mounts {
			reg, ok := g.batch.components[m.name]
			if !ok {
				continue
			}
			i, err := m.build(reg, g.layer)
			if err != nil {
				for _, i := range g.new {
					h.end(i)
				}
				m.failed(err)
				return Failed, fmt.Errorf("component %q: %w", m.name, err)
			}
			g.new[m] = i
		}
		if len(g.new) == 0 {
			h.adopt(g)
			return Skipped, errors.New("none of its components is shown; they are built when they are")
		}
		return OK, nil
	}) {
		return false
	}
	return r.stage(StageSwap, func() (Outcome, error) {
		g.layer.show()
		h.trial = g
		err := h.replace(g.new, g.old)
		r.swappedAt = time.Now()
		if err != nil {
			h.rollBack(g, err)
			return RolledBack, err
		}
		return OK, nil
	})
}

// replace shows instances, and notes in old what was there before.
func (h *Host) replace(by, old map[*Mount]*instance) error {
	for _, m := range h.mounts { // in their order
		i, ok := by[m]
		if !ok {
			continue
		}
		if old != nil {
			old[m] = m.live
		}
		m.live = i
		if err := guard(func() error { m.slot.Failed(nil); m.slot.Show(i.value); return nil }); err != nil {
			return fmt.Errorf("component %q: %w", m.name, err)
		}
	}
	return nil
}

// failed shows an error over the component.
func (m *Mount) failed(err error) {
	_ = guard(func() error { m.slot.Failed(err); return nil }) // the record has it
}

// awaitFrames waits until a generation is good, or rolled back.
func (h *Host) awaitFrames(ctx context.Context, g *generation) (Outcome, error) {
	timeout := time.NewTimer(h.o.FrameTimeout)
	defer timeout.Stop()
	select {
	case <-g.done:
		if g.err != nil {
			return RolledBack, g.err
		}
		return OK, nil
	case <-timeout.C:
		return Pending, fmt.Errorf("nothing was drawn for %v: is the window hidden?", h.o.FrameTimeout)
	case <-ctx.Done():
		return Pending, ctx.Err()
	}
}

// framed counts a frame.
func (h *Host) framed(m *Mount) {
	g := h.trial
	if g == nil || g.new[m] == nil {
		return
	}
	if g.first.IsZero() {
		g.first = time.Now()
	}
	g.frames[m]++
	for m := range g.new {
		if g.frames[m] < h.o.FirstFrames {
			return
		}
	}
	h.settle(g)
}

// settle takes a generation as good, and lets go of the one before.
func (h *Host) settle(g *generation) {
	h.trial = nil
	g.layer.settle()
	for _, i := range g.old {
		h.end(i)
	}
	h.adopt(g)
	close(g.done)
}

// adopt makes a generation's components those that are built from now on.
func (h *Host) adopt(g *generation) {
	for name, reg := range g.batch.components {
		if len(h.history[name]) == 0 {
			h.present(name) // the program's own is the first
		}
		h.history[name] = append(h.history[name], reg)
	}
}

// rollBack shows the old again, as it was.
func (h *Host) rollBack(g *generation, err error) {
	h.trial = nil
	g.layer.hide()
	old := maps.Clone(g.old)
	_ = h.replace(old, nil) // it was shown before
	for m, i := range g.new {
		h.end(i)
		m.failed(err)
	}
	g.err = err
	close(g.done)
}

// panicked is told of panics in a scope, on any goroutine.
func (h *Host) panicked(s *Scope, p *PanicError) {
	h.o.UI.Do(func() { h.back(s, p) })
}

// back goes back to the last good generation, after a panic of a scope's component. It
// reports whether something else is shown now.
func (h *Host) back(s *Scope, p *PanicError) bool {
	r := &Record{Generation: s.generation, At: time.Now(), Outcome: Failed, Components: []string{s.component}, Panic: p}
	shown := slices.ContainsFunc(h.mounts, func(m *Mount) bool { return m.live.scope == s })
	if g := h.trial; g != nil && shown && g.n == s.generation {
		h.rollBack(g, p) // Load reports it
		return true
	}
	good := h.history[s.component]
	if !shown || len(good) < 2 {
		for _, m := range h.mounts {
			if m.live.scope == s {
				m.failed(p)
			}
		}
		h.ends.Go(func() { h.report(r) })
		return false
	}
	// The code before, built anew, for all components of the bad generation.
	b := newBatch()
	for name, all := range h.history {
		if n := len(all); n > 1 && all[n-1].generation == good[len(good)-1].generation {
			b.components[name] = all[n-2]
		}
	}
	r.Components = slices.Sorted(maps.Keys(b.components))
	if h.trial != nil {
		h.settle(h.trial)
	}
	g := h.newGeneration(h.next.Add(1)-1, b)
	changed := h.change(g, r)
	if changed {
		for name := range b.components {
			h.history[name] = h.history[name][:len(h.history[name])-2] // settle adds one again
		}
		before := b.components[s.component].generation
		r.Back = &before
		r.Outcome = RolledBack
		h.settle(g)
		for m := range g.new {
			m.failed(p)
		}
	}
	r.Panic = p
	r.Aside = g.layer.news()
	h.ends.Go(func() { h.report(r) })
	return changed
}
