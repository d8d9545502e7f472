package frames

import (
	"cmp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// rounds is what is known of a loop's turns by the calls that its thread makes into
// C: to present and to ask for events it makes some in each turn, also in those that
// no look falls into.
type rounds struct {
	first, calls uint64        // when the first frame ended, and the last
	at           time.Duration // of the last
	least        uint64        // calls in the smallest turn seen
	short        time.Duration // the shortest turn seen
	step         uint64        // calls in each turn, 0: unknown, or not always the same
	each         time.Duration // that a thousand calls take
	seen         []round
}

// round is what lay between the ends of two frames that were seen.
type round struct {
	made uint64 // calls
	took time.Duration
}

const (
	mostRounds = 10_000
	someRounds = 50     // to know the calls of one by them
	mostCalls  = 10_000 // of one
)

// missed takes note of a frame's end. Where the calls made since the one before tell
// that the loop may have gone round in between, unseen, the frame is no longer than
// one of these rounds: else each row of missed frames would be a late one. A frame
// that makes many calls itself makes more than the rounds that fit into its time.
func (w *watcher) missed(l *loopState, at time.Duration, calls uint64, ended bool) {
	if !ended || calls == 0 {
		return
	}
	r := w.rounds[l.goroutine]
	if r == nil {
		r = &rounds{first: calls}
		w.rounds[l.goroutine] = r
	}
	made, took := calls-r.calls, at-r.at
	if r.at > 0 && calls > r.calls {
		if r.least == 0 || made < r.least {
			r.least = made
		}
		if r.short == 0 || took < r.short {
			r.short = took
		}
		if n := time.Duration(r.within(made, took)); n > 1 {
			l.start = max(l.start, at-l.bridged-took/n)
		}
		if len(r.seen) < mostRounds {
			if r.seen = append(r.seen, round{made, took}); len(r.seen)%someRounds == 0 {
				r.step, r.each = r.even()
			}
		}
	}
	r.calls, r.at = calls, at
}

// unsure: a late frame was seen before it is known how to tell it from a row of
// frames that were missed.
func (w *watcher) unsure(p *lateFrame, now time.Duration) bool {
	const patience = 3 * time.Second
	r := w.rounds[p.frame.Goroutine]
	return p.round.made > 0 && r != nil && len(r.seen) < someRounds && now-p.frame.End < patience
}

// unseen takes those frames out of a late one that were missed, as far as is known.
func (w *watcher) unseen(p *lateFrame) {
	r, f := w.rounds[p.frame.Goroutine], &p.frame
	if p.round.made == 0 || r == nil {
		return
	}
	if n := time.Duration(r.within(p.round.made, p.round.took)); n > 1 {
		f.Start = max(f.Start, f.End-p.round.took/n)
		f.Late = f.End-f.Start > w.out.Over
	}
}

// within is how many turns lay between two frames that were seen. Until it is known
// whether all make the same number of calls, it is as many as may have been.
func (r *rounds) within(made uint64, took time.Duration) uint64 {
	switch {
	case len(r.seen) < someRounds:
		if n := made / r.least; max(r.short-pollBusy, pollBusy/4)*time.Duration(n) <= took*3/2 {
			return n
		}
	case r.step > 0 && made > r.step && took*1000/time.Duration(made) > r.each/3:
		return made / r.step
	}
	return 1
}

// turns is how often the loop went round, 0 if that is not known.
func (r *rounds) turns() int {
	if step, _ := r.even(); step > 0 {
		return int((r.calls - r.first) / step)
	}
	return 0
}

// even is the number of calls that each turn makes, 0 if they do not all make the
// same: if they do, almost all that was counted is a multiple of it, and the more
// calls there were the longer they took. A loop that waits for the display takes the
// same time for few and for many. each is what a thousand calls take.
func (r *rounds) even() (step uint64, each time.Duration) {
	n := len(r.seen)
	if n < someRounds {
		return 0, 0
	}
	byCalls := slices.SortedFunc(slices.Values(r.seen), func(a, b round) int { return cmp.Compare(a.made, b.made) })
	few, many := byCalls[:n/3], byCalls[n-n/3:]
	more := float64(many[len(many)/2].made) / float64(few[len(few)/2].made)
	longer := float64(medianTime(many)) / float64(max(1, medianTime(few)))
	if more >= 1.5 && longer < more/2 {
		return 0, 0
	}
	// Now and then a look comes between a turn's calls, or misses one.
	for step = min(byCalls[n/10].made, mostCalls); step > 2; step-- {
		even := 0
		for _, s := range r.seen {
			if s.made%step == 0 {
				even++
			}
		}
		if even*100 >= n*85 {
			var all []time.Duration
			for _, s := range r.seen {
				all = append(all, s.took*1000/time.Duration(s.made))
			}
			slices.Sort(all)
			return step, all[n/2]
		}
	}
	return 0, 0
}

func medianTime(rs []round) time.Duration {
	t := make([]time.Duration, len(rs))
	for i := range rs {
		t[i] = rs[i].took
	}
	slices.Sort(t)
	return t[len(t)/2]
}

// addTurns adds to the figures how often the loops went round.
func (w *watcher) addTurns(rates []evidence.FrameRate) {
	for i := range rates {
		if r := w.rounds[rates[i].Goroutine]; r != nil {
			rates[i].Rounds = r.turns()
		}
	}
}
