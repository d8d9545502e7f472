package frames

import (
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// searchForeign looks, where there are no probes, at all goroutines now and then:
// one that is not the UI's and stands in a function that only the UI may call has
// called it. Short calls are seldom seen so.
func (w *watcher) searchForeign() {
	const often = 100 * time.Millisecond
	tk := w.t.Toolkit
	if w.out.Source != evidence.FromSamples || w.o.Quick || len(tk.UIOnly)+len(tk.UIHandOver) == 0 {
		return
	}
	start := w.now()
	if start < w.searched {
		return
	}
	o := w.read
	o.Stopper = nil
	_, gs, err := w.reader.Snapshot(o)
	if err != nil {
		return
	}
	// Where there are very many goroutines it is looked for less often.
	w.searched = w.now() + max(often, 30*(w.now()-start))
	for i := range gs {
		g := &gs[i]
		if g.System || slices.ContainsFunc(w.ui, func(u evidence.UIGoroutine) bool { return u.Goroutine == g.ID }) {
			continue
		}
		at := slices.IndexFunc(g.Frames, func(f evidence.Frame) bool { return tk.OnlyUI(f.Function) || tk.HandsOver(f.Function) })
		if at >= 0 {
			w.countForeign(g.ID, g.Frames, g.Frames[at].Function)
		}
	}
}
