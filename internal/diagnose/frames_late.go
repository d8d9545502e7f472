package diagnose

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// causeIDs are the ids of what a part of a late frame was spent on.
var causeIDs = map[evidence.LateCause]cause{
	evidence.CauseUser: computes, evidence.CauseToolkit: layouts, evidence.CauseAlloc: allocates, evidence.CauseGC: collects,
	evidence.CauseRunnable: starves, evidence.CausePreempted: starves, evidence.CauseThrottled: starves, evidence.CauseStolen: starves,
	evidence.CauseLock: locks, evidence.CauseCond: conds, evidence.CauseChannel: channels, evidence.CauseSleep: sleeps,
	evidence.CauseNetwork: network, evidence.CauseDisk: disk, evidence.CauseProcess: process, evidence.CauseSyscall: syscalls,
	evidence.CauseC: inC, evidence.CauseSwap: driver, evidence.CauseDriver: driver,
}

// late is one late frame, explained.
type late struct {
	*evidence.LateFrame
	took, excess time.Duration
	answer       bool // nothing had moved before it
	id           cause
	function     string        // the user's, that has most of it; empty: none
	spent        time.Duration // on the cause
	by           map[evidence.LateCause]time.Duration
}

// noticed: a person sees that it is late.
func (l *late) noticed() bool { return !l.answer || l.took >= answersIn }

// explainLate says what made one frame late; ok is false where the toolkit waited
// on purpose, and nothing was lost.
func (c *frameCase) explainLate(l *evidence.LateFrame) (late, bool) {
	out := late{LateFrame: l, took: took(&l.FrameTime), answer: sane(l.Waited) >= stillFor, by: map[evidence.LateCause]time.Duration{}}
	for i := range l.Shares {
		out.by[l.Shares[i].Cause] += sane(l.Shares[i].Took)
	}
	by := out.by
	if paced := by[evidence.CausePace]; out.took-paced <= c.budget || len(l.Shares) == 0 {
		return out, false
	}
	out.excess = out.took - c.budget
	spent := c.spent(out.took, by)
	for _, k := range slices.Sorted(maps.Keys(spent)) {
		if spent[k] > out.spent {
			out.id, out.spent = k, spent[k]
		}
	}
	// Had the kernel not run others, would it have been in time? Then that is the
	// reason, however long the rest took.
	if stolen := by[evidence.CausePreempted] + by[evidence.CauseStolen] + by[evidence.CauseThrottled]; out.took-stolen <= c.over && stolen >= out.excess/2 {
		out.id, out.spent = starves, spent[starves]
	}
	if float64(out.spent) < carries*float64(out.took-by[evidence.CausePace]) {
		out.id = unclear
	}
	if out.id != starves && out.id != collects {
		out.function = c.function(l, out.id)
	}
	return out, true
}

// spent is the time of each cause that counts. What computes is one family, as in
// the freezes; within it layout and allocation decide from a share on. What the
// toolkit waited for on purpose is nobody's fault, and neither is a swap that
// waits for the next refresh, after work that took its time.
func (c *frameCase) spent(all time.Duration, by map[evidence.LateCause]time.Duration) map[cause]time.Duration {
	out := map[cause]time.Duration{}
	for k, d := range by {
		if id := causeIDs[k]; id != unclear && k != evidence.CauseSwap {
			out[id] += d
		}
	}
	if swap := by[evidence.CauseSwap]; swap > 0 {
		work := max(0, all-swap-by[evidence.CausePace])
		refreshes := max(1, (work+c.budget-1)/c.budget)
		out[driver] += max(0, swap-(refreshes*c.budget-work))
	}
	if out[allocates] >= out[collects] { // the collector runs because of them
		out[allocates] += out[collects]
		delete(out, collects)
	}
	user, kit, alloc := out[computes], out[layouts], out[allocates]
	busy := user + kit + alloc
	delete(out, computes)
	delete(out, layouts)
	delete(out, allocates)
	switch {
	case busy == 0:
	case float64(kit) >= layoutShare*float64(busy):
		out[layouts] = busy
	case float64(alloc) >= allocShare*float64(busy):
		out[allocates] = busy
	default:
		out[computes] = busy
	}
	return out
}

// half is the share of a frame's cause from which on a function stands for it.
const half = 0.5

// function is the user's innermost function in which at least half of the time
// of the cause was spent, itself or in what it called.
func (c *frameCase) function(l *evidence.LateFrame, id cause) string {
	type use struct {
		took  time.Duration
		depth int
	}
	in := map[string]use{}
	var all time.Duration
	for i := range l.Shares {
		s := &l.Shares[i]
		if causeIDs[s.Cause] != id {
			continue
		}
		d := sane(s.Took)
		all += d
		frames, seen := c.stack(s.Stack), map[string]bool{}
		for depth, at := range c.userCalls(s.Stack, s.Place) {
			name := frames[at].Function
			if seen[name] {
				continue
			}
			seen[name] = true
			u, known := in[name]
			if u.took += d; !known || depth < u.depth {
				u.depth = depth
			}
			in[name] = u
		}
	}
	best := ""
	for _, name := range slices.Sorted(maps.Keys(in)) {
		u := in[name]
		if float64(u.took) < half*float64(all) {
			continue
		}
		if b := in[best]; best == "" || cmp.Or(cmp.Compare(u.took, b.took), cmp.Compare(u.depth, b.depth)) < 0 {
			best = name
		}
	}
	return best
}

// lateGroup is the late frames of one cause at one place.
type lateGroup struct {
	id       cause
	function string
	frames   []late
	scale    float64 // late frames of the whole watch for each one that was kept

	excess, took, spent, worst time.Duration
	share                      float64 // of all time lost
	goroutines                 []uint64
	samples                    int
	by                         map[evidence.LateCause]time.Duration
	stack, place               int // the stack and the user's frame with most of the time; -1: none
}

// groups puts late frames of one cause and place together, worst first, and
// returns the time lost to all.
func (c *frameCase) groups(taken map[uint64]bool) ([]*lateGroup, time.Duration) {
	type key struct {
		id       cause
		function string
	}
	byKey := map[key]*lateGroup{}
	var total time.Duration
	for i := range c.fr.Late {
		l, lost := c.explainLate(&c.fr.Late[i])
		if !lost || l.id == driver && l.by[evidence.CauseSwap] > l.by[evidence.CauseDriver] && taken[l.Goroutine] {
			continue // it is the pace's, and told there
		}
		total += l.excess
		if l.id == unclear {
			continue
		}
		k := key{l.id, l.function}
		if byKey[k] == nil {
			byKey[k] = &lateGroup{id: l.id, function: l.function}
		}
		byKey[k].frames = append(byKey[k].frames, l)
	}
	all := slices.Collect(maps.Values(byKey))
	for _, g := range all {
		c.sum(g)
	}
	worstFirst(all)
	all = c.join(all)
	for _, g := range all {
		g.share = float64(g.excess) / float64(max(total, 1))
	}
	return all, total
}

func worstFirst(all []*lateGroup) {
	slices.SortFunc(all, func(a, b *lateGroup) int {
		return cmp.Or(cmp.Compare(b.excess, a.excess), cmp.Compare(a.id, b.id), cmp.Compare(a.function, b.function))
	})
}

// join adds a group to a worse one of the same cause where the function of one
// calls that of the other: some frames of one fault have more samples in the
// caller, some in the callee.
func (c *frameCase) join(all []*lateGroup) []*lateGroup {
	var out []*lateGroup
	for _, g := range all {
		i := slices.IndexFunc(out, func(o *lateGroup) bool {
			return o.id == g.id && o.function != "" && g.function != "" && (c.calls(o, g.function) || c.calls(g, o.function))
		})
		if i < 0 {
			out = append(out, g)
			continue
		}
		out[i].frames = append(out[i].frames, g.frames...)
		c.sum(out[i])
	}
	worstFirst(out)
	return out
}

// calls: the function is on the stack that stands for the group.
func (c *frameCase) calls(g *lateGroup, function string) bool {
	frames := c.stack(g.stack)
	return slices.ContainsFunc(c.userCalls(g.stack, -1), func(i int) bool { return frames[i].Function == function })
}

// sum makes the figures of a group from its frames.
func (c *frameCase) sum(g *lateGroup) {
	*g = lateGroup{id: g.id, function: g.function, frames: g.frames, scale: 1, stack: -1, place: -1, by: map[evidence.LateCause]time.Duration{}}
	type spot struct{ stack, place int }
	spots := map[spot]time.Duration{}
	for i := range g.frames {
		l := &g.frames[i]
		g.excess += l.excess
		g.took += l.took
		g.spent += l.spent
		g.worst = max(g.worst, l.took)
		if !slices.Contains(g.goroutines, l.Goroutine) {
			g.goroutines = append(g.goroutines, l.Goroutine)
		}
		for k, d := range l.by {
			g.by[k] += d
		}
		for j := range l.Shares {
			s := &l.Shares[j]
			if causeIDs[s.Cause] != g.id {
				continue
			}
			g.samples += min(max(s.Samples, 0), 1<<20)
			spots[spot{s.Stack, c.placeFor(s, g.function)}] += sane(s.Took)
		}
	}
	slices.Sort(g.goroutines)
	var most time.Duration
	for _, s := range slices.SortedFunc(maps.Keys(spots), func(a, b spot) int {
		return cmp.Or(cmp.Compare(a.stack, b.stack), cmp.Compare(a.place, b.place))
	}) {
		named := s.place >= 0
		if was := g.place >= 0; named == was && spots[s] > most || named && !was {
			most, g.stack, g.place = spots[s], s.stack, s.place
		}
	}
	if n := c.figures(g.goroutines...).late; len(c.fr.Late) >= evidence.MaxLateFrames {
		g.scale = max(1, float64(n)/float64(len(c.fr.Late)))
	}
}

// placeFor is the index of the frame of that function on the stack of a share;
// without a function, the frame that stands for the toolkit's own work. -1: none.
func (c *frameCase) placeFor(s *evidence.FrameShare, function string) int {
	frames := c.stack(s.Stack)
	if function == "" {
		return placeIn(frames, s.Place)
	}
	for _, i := range c.userCalls(s.Stack, s.Place) {
		if frames[i].Function == function {
			return i
		}
	}
	return -1
}
