package diagnose

import (
	"cmp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Thresholds of the freeze family. A person notices a pause of a third of a
// second; a loop that has not come round during the whole examination is frozen.
const (
	noticed     = 300 * time.Millisecond // shortest pause that is a finding
	watchedMin  = 200 * time.Millisecond // shortest examination that can call it frozen
	pumpNoticed = time.Second            // of the toolkit's own work: a first frame may take its time
	sparse      = 60 * time.Millisecond  // the samples of a pause may lie this far apart, on average
	starvedLong = 200 * time.Millisecond // runnable without being run
	assistShare = 0.1                    // of the samples, in GC assists
	allocShare  = 0.4                    // of the busy samples, in the allocator
	layoutShare = 0.5
	minPoints   = 5
	fewLooks    = 3 // less are too few to say what else it may be
)

// Freeze is the freeze family: what keeps the UI from coming round.
func Freeze(ev *evidence.Evidence) []report.Finding {
	f := ev.Freeze
	c := newCase(ev)
	if f.Page != nil {
		return c.page()
	}
	if finding, ok := c.suspended(); ok {
		return []report.Finding{finding}
	}
	var out []report.Finding
	if !slices.ContainsFunc(f.UI, func(u evidence.UIGoroutine) bool { return u.Loop != "" }) {
		out = append(out, c.beforeLoop()...)
		return append(out, c.withoutUI(out)...)
	}
	seen := map[uint64]bool{}
	for _, u := range c.byImportance() {
		if finding, ok := c.starvation(u); ok && !seen[u.Goroutine] {
			seen[u.Goroutine] = true
			out = append(out, finding)
		}
		if w, ok := c.stuck(u); ok && !seen[w.goroutine] {
			seen[w.goroutine] = true
			if finding, ok := c.explain(u, w); ok {
				out = append(out, finding)
			}
		} else if finding, ok := c.longFrame(u); ok && !seen[u.Goroutine] {
			seen[u.Goroutine] = true
			out = append(out, finding)
		}
	}
	out = c.onlyRoots(out)
	return append(out, c.threads()...)
}

// theCase is the evidence of one examination, indexed.
type theCase struct {
	t      *evidence.Target
	tk     *toolkit.Toolkit
	f      *evidence.Freeze
	byID   map[uint64]*evidence.Goroutine
	ui     map[uint64]*evidence.UIGoroutine
	holds  map[uint64][]evidence.Hold // by waiter, best first
	thread map[int]*evidence.Thread
	// hung are the goroutines that were in one frame, seen by probes, from before a
	// second ago to the end.
	hung map[uint64]bool
	// draws are the goroutines whose frames have come all the while, with no gap
	// that a person would call a freeze.
	draws map[uint64]bool
}

func newCase(ev *evidence.Evidence) *theCase {
	c := &theCase{t: &ev.Target, f: ev.Freeze, tk: toolkit.ByName(ev.Target.Toolkit),
		byID: map[uint64]*evidence.Goroutine{}, ui: map[uint64]*evidence.UIGoroutine{},
		holds: map[uint64][]evidence.Hold{}, thread: map[int]*evidence.Thread{}}
	for i := range c.f.Goroutines {
		c.byID[c.f.Goroutines[i].ID] = &c.f.Goroutines[i]
	}
	for i := range c.f.UI {
		c.ui[c.f.UI[i].Goroutine] = &c.f.UI[i]
	}
	for _, h := range c.f.Holds {
		c.holds[h.Waiter] = append(c.holds[h.Waiter], h)
	}
	for id := range c.holds {
		slices.SortStableFunc(c.holds[id], func(a, b evidence.Hold) int {
			return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.Holder, b.Holder))
		})
	}
	for i := range c.f.Threads {
		c.thread[c.f.Threads[i].TID] = &c.f.Threads[i]
	}
	c.draws = drawing(ev.Frames)
	for _, u := range c.f.UI {
		if u.Via != 0 && c.draws[u.Via] {
			c.draws[u.Goroutine] = true // the frames are its own
		}
	}
	c.hung = map[uint64]bool{}
	if ev.Frames != nil && ev.Frames.Source == evidence.FromProbes {
		for i := range ev.Frames.Late {
			if l := &ev.Frames.Late[i]; l.Unfinished && l.End-l.Start >= pumpNoticed {
				c.hung[l.Goroutine] = true
			}
		}
	}
	return c
}

// drawing finds the goroutines whose frames have come all the while.
func drawing(f *evidence.Frames) map[uint64]bool {
	out := map[uint64]bool{}
	if f == nil {
		return out
	}
	const few = 5
	last, gap, count := map[uint64]time.Duration{}, map[uint64]time.Duration{}, map[uint64]int{}
	for i := range f.Times {
		t := &f.Times[i]
		if t.Undrawn {
			continue
		}
		gap[t.Goroutine] = max(gap[t.Goroutine], t.End-last[t.Goroutine])
		last[t.Goroutine] = t.End
		count[t.Goroutine]++
	}
	for g, n := range count {
		out[g] = n >= few && max(gap[g], f.Took-last[g]) < noticed
	}
	return out
}

// byImportance puts the goroutines that run the user's callbacks first: what is
// wrong with the others often follows from them.
func (c *theCase) byImportance() []evidence.UIGoroutine {
	rank := map[evidence.Role]int{evidence.RoleUI: 0, evidence.RoleWindow: 1, evidence.RoleMain: 2, evidence.RoleRender: 3}
	out := slices.Clone(c.f.UI)
	slices.SortStableFunc(out, func(a, b evidence.UIGoroutine) int {
		return cmp.Or(cmp.Compare(rank[a.Role], rank[b.Role]), cmp.Compare(a.Goroutine, b.Goroutine))
	})
	return out
}

// stretch is the longest row of samples in which a UI goroutine did not come
// round.
type stretch struct {
	goroutine uint64
	points    []evidence.Point // of the stretch
	all       int              // samples of the goroutine in all
	lasted    time.Duration
	watched   time.Duration
	whole     bool // the loop did not come round at all, to the end
	oneWait   bool // all samples show one and the same wait or C call
	fromDump  bool
}

// stuck finds the longest stretch of a UI goroutine, and whether it is one that
// a person notices.
func (c *theCase) stuck(u evidence.UIGoroutine) (stretch, bool) {
	if c.f.FromDump {
		g := c.byID[u.Goroutine]
		if g == nil {
			return stretch{}, false
		}
		a := toolkit.ActivityOf(c.tk, u.Role, g)
		return stretch{goroutine: u.Goroutine, whole: true, fromDump: true, lasted: g.WaitingFor},
			a == evidence.User && !u.Closed
	}
	var pts []evidence.Point
	for _, p := range c.f.Points {
		if p.Goroutine == u.Goroutine {
			pts = append(pts, p)
		}
	}
	if len(pts) == 0 {
		return stretch{}, false
	}
	best := stretch{goroutine: u.Goroutine, all: len(pts), watched: pts[len(pts)-1].At - pts[0].At}
	for i := 0; i < len(pts); {
		if !c.engaged(pts[i]) {
			i++
			continue
		}
		j, last, progress := i+1, i, pts[i].Progress
		for ; j < len(pts); j++ {
			if pts[j].Activity == evidence.Unknown {
				continue
			}
			if !c.engaged(pts[j]) || c.wentRound(pts[last], pts[j]) ||
				progress != 0 && pts[j].Progress != 0 && progress != pts[j].Progress {
				break
			}
			if last = j; pts[j].Progress != 0 {
				progress = pts[j].Progress
			}
		}
		if d := pts[last].At - pts[i].At; d > best.lasted || best.points == nil {
			best.points, best.lasted = pts[i:last+1], d
			best.whole = j == len(pts) && !slices.ContainsFunc(pts[:i], func(p evidence.Point) bool { return p.Activity != evidence.Unknown })
		}
		i = last + 1
	}
	if len(best.points) == 0 {
		return best, false
	}
	best.oneWait = sameInstance(best.points)
	if c.draws[u.Goroutine] && !best.oneWait {
		return best, false // it computes, and its loop goes round
	}
	if !best.whole && !best.oneWait {
		best = sameTurn(best)
	}
	least := noticed
	switch {
	case best.whole:
		least = watchedMin
	case best.points[0].Activity == evidence.Pump:
		least = pumpNoticed
	}
	// Where the machine is so busy that gomedic itself is hardly run, a long time
	// between two samples proves nothing.
	if best.lasted >= least && len(best.points) >= max(minPoints, int(best.lasted/sparse)) {
		return best, true
	}
	// But one wait that both looks at all goroutines have shown lasts, however few
	// samples there are between them.
	if best.whole && best.oneWait && len(best.points) > 1 && c.sameAsBefore(u.Goroutine) && c.f.Took >= 2*watchedMin {
		best.lasted = max(best.lasted, c.f.Took*9/10)
		return best, true
	}
	return best, false
}

// sameTurn is the longest part of a stretch in which a loop of the user's own did not
// go on. One that computes in each of its frames is seldom seen outside of its own
// code: a row of samples there may be many short frames. If it went on all the while
// it may also be a loop within the loop: then the frames, which are late, tell.
func sameTurn(s stretch) stretch {
	best := s
	best.points, best.lasted = nil, 0
	for i := 0; i < len(s.points); {
		j, turn := i+1, s.points[i].Turn
		for ; j < len(s.points) && (turn == 0 || s.points[j].Turn == 0 || s.points[j].Turn == turn); j++ {
			turn = max(turn, s.points[j].Turn)
		}
		if d := s.points[j-1].At - s.points[i].At; d > best.lasted || best.points == nil {
			best.points, best.lasted = s.points[i:j], d
		}
		i = j
	}
	return best
}

// engaged: the goroutine is in user code, or in one call of the toolkit that may
// not return.
//
// A render thread of the user's own may wait for work as long as it likes: of
// that role only a call that does not return counts.
func (c *theCase) engaged(p evidence.Point) bool {
	if u := c.ui[p.Goroutine]; u != nil && u.Role == evidence.RoleRender && p.Status == evidence.StatusWaiting {
		return false
	}
	return p.Activity == evidence.User || p.Activity == evidence.Pump && (p.Instance != 0 || c.hung[p.Goroutine])
}

// wentRound reports whether the loop moved on between two samples that both are
// engaged.
func (c *theCase) wentRound(a, b evidence.Point) bool {
	if c.hung[a.Goroutine] && a.Activity == b.Activity {
		return false
	}
	if a.Activity == evidence.Pump || b.Activity == evidence.Pump {
		// Without user code only one and the same call means that it hangs.
		return a.Activity != b.Activity || a.Instance != b.Instance || a.Stack != b.Stack
	}
	// A loop of the user's own that waits for its next frame is known by the calls
	// that it has made into the toolkit's C library since.
	if c.tk != nil && len(c.tk.LoopCalls) > 0 && a.Calls != b.Calls && a.Calls != 0 &&
		a.Status == evidence.StatusWaiting && a.Instance != b.Instance {
		return true
	}
	// Other user code directly under the loop is another callback.
	return c.callback(a) != c.callback(b)
}

// callback identifies the activation of the outermost user function that the
// toolkit called: function and address of its frame.
func (c *theCase) callback(p evidence.Point) (k struct {
	function string
	depth    uint64
}) {
	if p.Stack < 0 || p.Stack >= len(c.f.Stacks) {
		return k
	}
	frames := c.f.Stacks[p.Stack]
	turn := toolkit.LoopFrame(c.tk, frames)                           // below it is one turn of the loop
	if u := c.ui[p.Goroutine]; turn < 0 && u != nil && u.Loop != "" { // the user's own loop
		for i := range frames {
			if frames[i].Function == u.Loop {
				turn = i
			}
		}
	}
	if turn < 0 {
		turn = len(frames)
	}
	for i := turn - 1; i >= 0; i-- {
		if frames[i].Origin == evidence.OriginUser {
			k.function = frames[i].Function
			// The runtime may move a stack; depths from its end stay.
			k.depth = frames[len(frames)-1].SP - frames[i].SP
			return k
		}
	}
	return k
}

func sameInstance(pts []evidence.Point) bool {
	for i := range pts {
		if pts[i].Instance == 0 || pts[i].Instance != pts[0].Instance || pts[i].Stack != pts[0].Stack {
			return false
		}
	}
	return len(pts) > 0
}

// oneStand: as far as is known, the samples show one wait, and not many short
// ones at one place.
func oneStand(pts []evidence.Point) bool {
	for i := range pts {
		if pts[i].Instance != pts[0].Instance || pts[i].Stack != pts[0].Stack {
			return false
		}
	}
	return true
}

// onlyRoots drops the findings about a UI goroutine that merely waits for
// another one which is itself a finding.
func (c *theCase) onlyRoots(in []report.Finding) []report.Finding {
	var out []report.Finding
	for i, f := range in {
		follows := false
		for j, other := range in {
			if i == j || f.Where == nil || other.Where == nil {
				continue
			}
			if other.Blocker != nil && other.Blocker.Goroutine == f.Where.Goroutine && other.ID == f.ID && j < i {
				follows = true // the goroutine that another finding already blames
			}
			if f.Blocker != nil && f.Blocker.Goroutine == other.Where.Goroutine && f.ID != "ui-deadlock" && other.ID != f.ID {
				follows = true
			}
			if f.ID == "ui-deadlock" && other.ID == "ui-deadlock" && j < i {
				follows = true // the same cycle, seen from another goroutine
			}
		}
		if !follows {
			out = append(out, f)
		}
	}
	return out
}

// beforeLoop looks at a program that has a toolkit but no loop: it is starting
// up, or is no GUI program at this moment.
func (c *theCase) beforeLoop() []report.Finding {
	if c.tk == nil || c.f.FromDump {
		return nil
	}
	for _, u := range c.f.UI {
		var pts []evidence.Point
		for _, p := range c.f.Points {
			if p.Goroutine == u.Goroutine && p.Activity == evidence.NotStart {
				p.Activity = evidence.User
				pts = append(pts, p)
			}
		}
		if len(pts) < minPoints {
			continue
		}
		s := stretch{goroutine: u.Goroutine, points: pts, all: len(pts), whole: true,
			lasted: pts[len(pts)-1].At - pts[0].At}
		s.watched, s.oneWait = s.lasted, sameInstance(pts)
		f, ok := c.explain(u, s)
		if !ok {
			continue
		}
		// A main goroutine that waits on a channel or in a select is what a
		// program without a window does, too.
		f.Severity, f.Confidence = report.P1, f.Confidence*0.7
		switch cause(f.ID) {
		case channels, sleeps, conds, computes:
			f.Severity = report.Info
		}
		f.Why = append(f.Why, text.T("why.less.no-loop"))
		return []report.Finding{f}
	}
	return nil
}

// threads applies the toolkits' rules on threads.
func (c *theCase) threads() []report.Finding {
	var out []report.Finding
	for _, u := range c.f.UI {
		g := c.byID[u.Goroutine]
		if g == nil || u.Loop == "" || u.MustLock == "" || c.f.FromDump || g.WaitReason == "coroutine" {
			continue // a coroutine has taken the thread over for its turn
		}
		f := report.Finding{ID: "ui-thread/unlocked", Severity: report.P1, Confidence: 0.95, Evidence: []string{"stacks"}}
		switch {
		case !u.Locked:
			f.Title = text.T("finding.ui-thread/unlocked.title", u.Loop)
			f.Why = append(f.Why, text.T("why.unlocked", g.ID, u.Loop))
		case u.MustLock == "main" && !u.OnMain:
			f.Title = text.T("finding.ui-thread/unlocked.title.main", u.Loop)
			f.Why = append(f.Why, text.T("why.notmain", g.ID, g.Thread, c.t.PID))
		default:
			continue
		}
		f.Where = c.loopCaller(g, u.Loop)
		f.Remedy = c.remedies(f.ID, []text.Text{text.T("finding.ui-thread/unlocked.now")},
			[]text.Text{text.T("finding.ui-thread/unlocked.change", u.Loop)})
		out = append(out, f)
	}
	return out
}

// loopCaller is the user's function that runs the loop.
func (c *theCase) loopCaller(g *evidence.Goroutine, loop string) *report.Place {
	at := slices.IndexFunc(g.Frames, func(f evidence.Frame) bool { return f.Function == loop })
	for i := max(at, 0); i < len(g.Frames); i++ {
		if g.Frames[i].Origin == evidence.OriginUser {
			return place(c.t, &g.Frames[i], g)
		}
	}
	if g.Created != nil && g.Created.Origin == evidence.OriginUser {
		return place(c.t, g.Created, g)
	}
	return userPlace(c.t, g)
}
