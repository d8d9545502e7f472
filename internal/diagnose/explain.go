package diagnose

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// view is what the samples of a stretch show: how often each cause, and the
// stack that stands for the commonest.
type view struct {
	cause  cause
	second cause
	share  map[cause]float64
	frames []evidence.Frame
	g      *evidence.Goroutine // at the end of the examination; its frames may be others
	still  bool                // g still stands where frames do
	moves  bool                // it is not one wait but several
	unrun  float64             // share of the looks at a lock's holder that found it ready and not run, if that is why the UI waits
	// others is the user's function that stands for each cause of which enough
	// samples tell.
	others map[cause]string
}

// look sums a stretch up.
func (c *theCase) look(s stretch) view {
	v := view{g: c.byID[s.goroutine], share: map[cause]float64{}, moves: !oneStand(s.points)}
	if s.fromDump {
		v.frames, v.still = v.g.Frames, true
		v.cause = c.causeOfGoroutine(v.g)
		v.share[v.cause] = 1
		return v
	}
	v.unrun = unrunHolder(s.points)
	stacks := map[cause]map[int]int{}
	n := 0
	for _, p := range s.points {
		if p.Stack < 0 || p.Stack >= len(c.f.Stacks) {
			continue
		}
		k := causeOf(c.tk, p.Status, p.WaitReason, c.f.Stacks[p.Stack])
		if k == unclear {
			continue
		}
		if k == locks && v.moves && toolkit.IsLayout(c.tk, c.f.Stacks[p.Stack], toolkit.UserFrame(c.f.Stacks[p.Stack])) {
			k = layouts // the toolkit's own lock, taken and given back with every step of its work
		}
		if k == locks && v.unrun > 0 {
			k = starves
		}
		if stacks[k] == nil {
			stacks[k] = map[int]int{}
		}
		stacks[k][p.Stack]++
		v.share[k]++
		n++
	}
	for k := range v.share {
		v.share[k] /= float64(max(n, 1))
	}
	v.cause, v.second = c.weigh(v.share)
	v.others = c.places(stacks)
	if len(stacks[v.cause]) == 0 { // weighed from several
		for _, k := range []cause{computes, layouts, allocates} {
			if len(stacks[k]) > 0 {
				stacks[v.cause] = stacks[k]
				break
			}
		}
	}
	v.frames = c.commonest(stacks[v.cause])
	if v.g != nil {
		v.still = c.causeOfGoroutine(v.g) == v.cause || causeOf(c.tk, v.g.Status, v.g.WaitReason, v.g.Frames) == v.cause
		if v.still && v.cause.blocked() {
			v.frames = v.g.Frames
			v.cause = c.causeOfGoroutine(v.g)
		}
	}
	return v
}

// unrunHolder is the share of the looks at the holder of a lock in which it was
// ready to run, and was not run, if that was so most of the time: then whatever it
// does with the lock takes so long because nobody runs it. Else, and where the
// holder was hardly seen, it is 0.
func unrunHolder(points []evidence.Point) float64 {
	looks, ready := 0, 0
	for i := range points {
		switch points[i].Holder {
		case "":
			continue
		case evidence.StatusRunnable, evidence.StatusPreempted:
			ready++
		}
		looks++
	}
	if looks < minPoints || 2*ready <= looks {
		return 0
	}
	return float64(ready) / float64(looks)
}

// places is the user's function that stands for each cause, where enough samples
// show it.
func (c *theCase) places(stacks map[cause]map[int]int) map[cause]string {
	out := map[cause]string{}
	for k, n := range stacks {
		seen := 0
		for _, times := range n {
			seen += times
		}
		frames := c.commonest(n)
		if at := toolkit.UserFrame(frames); at >= 0 && seen >= fewLooks {
			out[k] = frames[at].Function
		}
	}
	return out
}

// weigh chooses the commonest cause. The busy ones are one family: together they
// count against the others, and within it the allocator and the layout decide
// from a share on that only they explain.
func (c *theCase) weigh(share map[cause]float64) (first, second cause) {
	busy := share[computes] + share[layouts] + share[allocates]
	type entry struct {
		c cause
		v float64
	}
	var all []entry
	for _, k := range slices.Sorted(maps.Keys(share)) {
		switch k {
		case computes, layouts, allocates:
		default:
			all = append(all, entry{k, share[k]})
		}
	}
	if busy > 0 {
		k := computes
		switch {
		case share[layouts] >= layoutShare*busy:
			k = layouts
		case c.allocating(share[allocates] / busy):
			k = allocates
		}
		all = append(all, entry{k, busy})
	}
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(b.v, a.v) })
	if len(all) > 0 {
		first = all[0].c
	}
	if len(all) > 1 && all[1].v >= 0.2 {
		second = all[1].c
	}
	return first, second
}

// allocating reports whether it is the allocations that cost: by their share of
// the busy samples, or because the collector makes it help.
func (c *theCase) allocating(share float64) bool {
	n, assists := 0, 0
	for _, p := range c.f.Points {
		if c.ui[p.Goroutine] == nil || p.Stack < 0 || p.Activity != evidence.User {
			continue
		}
		n++
		if strings.HasPrefix(p.WaitReason, "GC assist") || inAssist(c.f.Stacks[p.Stack]) {
			assists++
		}
	}
	if n == 0 {
		return false
	}
	helped := float64(assists) / float64(n)
	return share >= allocShare || helped >= assistShare
}

func inAssist(frames []evidence.Frame) bool {
	for i := range frames {
		if strings.HasPrefix(frames[i].Function, "runtime.gcAssist") {
			return true
		}
		if frames[i].Origin == evidence.OriginUser {
			return false
		}
	}
	return false
}

// commonest returns the stack seen most often; of equals the earliest.
func (c *theCase) commonest(n map[int]int) []evidence.Frame {
	best, most := -1, 0
	for _, i := range slices.Sorted(maps.Keys(n)) {
		if n[i] > most {
			best, most = i, n[i]
		}
	}
	if best < 0 {
		return nil
	}
	// Among stacks of busy code, the user's line seen most often stands for all.
	lines := map[string]int{}
	key := func(frames []evidence.Frame) string {
		if i := toolkit.UserFrame(frames); i >= 0 {
			return frames[i].Function
		}
		return ""
	}
	for i, k := range n {
		lines[key(c.f.Stacks[i])] += k
	}
	top := slices.MaxFunc(slices.Sorted(maps.Keys(lines)), func(a, b string) int { return cmp.Compare(lines[a], lines[b]) })
	if key(c.f.Stacks[best]) == top {
		return c.f.Stacks[best]
	}
	best, most = -1, 0
	for _, i := range slices.Sorted(maps.Keys(n)) {
		if key(c.f.Stacks[i]) == top && n[i] > most {
			best, most = i, n[i]
		}
	}
	return c.f.Stacks[best]
}

// explain makes the finding about a UI goroutine that does not come round.
func (c *theCase) explain(u evidence.UIGoroutine, s stretch) (report.Finding, bool) {
	v := c.look(s)
	if v.g == nil || v.cause == unclear {
		return report.Finding{}, false
	}
	if c.starved(u, v) {
		v.cause = starves
	}
	if s, _ := c.socketOf(v.g); v.cause == disk && v.still && s != nil && s.Goroutine == v.g.ID && s.Peer != 0 {
		v.cause = process // a file by its type, and in fact the output of a child
	}
	f := report.Finding{ID: string(v.cause), Severity: report.P0, Confidence: 0.95, Evidence: []string{"stacks"},
		Where: placeOf(c.t, v.g, v.frames)}
	f.Where.State = stateOf(v, s)
	if !s.whole {
		f.Severity = report.P1
	}
	f.Why = c.whySamples(s)
	since, reasons := c.since(v, s)
	f.SinceMS = since.Milliseconds()
	f.Why = append(f.Why, reasons...)
	if s.fromDump {
		f.Confidence -= 0.1
	} else if s.lasted < 400*time.Millisecond {
		f.Confidence -= 0.1
	}
	c.fill(&f, v, s)
	if name := v.others[v.second]; name != "" && len(f.Alternatives) == 0 && has("alternative."+string(v.second)) {
		f.Alternatives = append(f.Alternatives, report.Alternative{ID: string(v.second), Weight: round(v.share[v.second]),
			Title: text.T("alternative."+string(v.second), name)})
	}
	if busy := v.share[computes] + v.share[allocates]; v.cause == computes && v.share[allocates] >= allocShare/2 && v.others[allocates] != "" {
		f.Alternatives = append(f.Alternatives, report.Alternative{ID: string(allocates), Weight: round(v.share[allocates] / busy),
			Title: text.T("alternative.ui-busy/alloc", v.others[allocates])})
	}
	f.Confidence = round(min(max(f.Confidence, 0.05), 0.99))
	return f, true
}

func round(x float64) float64 { return float64(int(x*100+0.5)) / 100 }

// starved: the goroutine could run, and is not run.
func (c *theCase) starved(u evidence.UIGoroutine, v view) bool {
	if v.cause.blocked() {
		return false
	}
	if c.f.Took > 0 && c.f.Sched.Throttled >= c.f.Took/2 {
		return true
	}
	th := c.thread[v.g.Thread]
	return th != nil && c.f.Took > 0 && th.Delayed > c.f.Took*6/10 && th.Ran < c.f.Took*3/10
}

func stateOf(v view, s stretch) string {
	if v.still {
		return state(v.g)
	}
	if n := len(s.points); n > 0 {
		if p := s.points[n-1]; p.WaitReason != "" {
			return p.WaitReason
		} else if p.Status != "" {
			return p.Status
		}
	}
	return state(v.g)
}

// whySamples says what the samples prove.
func (c *theCase) whySamples(s stretch) []text.Text {
	if s.fromDump {
		return []text.Text{text.T("why.less.dump")}
	}
	var out []text.Text
	if s.whole {
		out = append(out, text.T("why.samples", len(s.points), s.all, text.Duration(s.lasted)))
	} else {
		out = append(out, text.T("why.samples.some", len(s.points), s.all, text.Duration(s.lasted)))
	}
	if s.oneWait {
		out = append(out, text.T("why.samples.same"))
	}
	return out
}

// since finds out how long it has lasted: by the lock's own clock, by the
// kernel's account of the thread, by the collector's note, else no longer than
// was watched.
func (c *theCase) since(v view, s stretch) (time.Duration, []text.Text) {
	if s.fromDump {
		if v.g.WaitingFor > 0 {
			return v.g.WaitingFor, []text.Text{text.T("why.since.dump", text.Duration(v.g.WaitingFor))}
		}
		return 0, nil
	}
	if v.still && v.g.WaitingFor > 0 && v.g.WaitFrom == "lock" {
		return v.g.WaitingFor, []text.Text{text.T("why.since.lock", text.Duration(v.g.WaitingFor))}
	}
	if v.still && v.cause.blocked() && s.whole && oneStand(s.points) {
		if th := c.thread[v.g.Thread]; th != nil && th.AsleepFor >= s.lasted && (v.g.Locked || v.g.Status == evidence.StatusSyscall) {
			return th.AsleepFor, []text.Text{text.T("why.since.thread", text.Duration(th.AsleepFor))}
		}
		// A goroutine that is not bound to a thread leaves the toolkit's bound
		// ones idle: they sleep since it stopped calling them.
		if d := c.companionsAsleep(v.g.ID); d >= s.lasted {
			return d, []text.Text{text.T("why.since.thread", text.Duration(d))}
		}
		if v.g.WaitingFor >= s.lasted {
			return v.g.WaitingFor, []text.Text{text.T("why.since.gc", text.Duration(v.g.WaitingFor))}
		}
	}
	if s.whole {
		return s.lasted, []text.Text{text.T("why.since.watched", text.Duration(s.lasted))}
	}
	return s.lasted, nil
}

// companionsAsleep returns for how long all other UI threads have slept: the
// shortest of them.
func (c *theCase) companionsAsleep(id uint64) time.Duration {
	var d time.Duration
	for _, u := range c.f.UI {
		if u.Goroutine == id || !u.Locked {
			continue
		}
		g := c.byID[u.Goroutine]
		if g == nil {
			return 0
		}
		th := c.thread[g.Thread]
		if th == nil || th.AsleepFor == 0 {
			return 0
		}
		if d == 0 || th.AsleepFor < d {
			d = th.AsleepFor
		}
	}
	return d
}

// remedies puts what to do now before what to change, and adds what holds for
// every finding: keep the evidence, and the toolkit's own way.
func (c *theCase) remedies(id string, now, change []text.Text) []text.Text {
	out := slices.Clone(now)
	if c.t.PID != 0 && !c.f.FromDump && id != string(starves) {
		out = append(out, text.T("remedy.now.save", c.t.PID))
	}
	out = append(out, change...)
	kit := c.t.Toolkit
	if kit != "" {
		if key := "finding." + id + ".change." + kit; has(key) {
			out = append(out, text.T(key))
		}
	}
	return out
}

// nowPID is what to do now with the process, if there is one.
func (c *theCase) nowPID(key string, args ...any) []text.Text {
	if c.t.PID == 0 || c.f.FromDump {
		return nil
	}
	return []text.Text{text.T(key, append([]any{c.t.PID}, args...)...)}
}

func has(key string) bool {
	_, ok := text.Find(key)
	return ok
}

// async is the advice to do the work elsewhere, in the toolkit's own terms.
func (c *theCase) async(function string) text.Text {
	kit := c.t.Toolkit
	if kit == "fyne" && before(c.t.ToolkitVersion, 2, 6) {
		kit = "fyne25"
	}
	if key := "remedy.change.async." + kit; kit != "" && has(key) {
		return text.T(key, function)
	}
	return text.T("remedy.change.async.any", function)
}

// before reports whether version "v2.5.1" is older than major.minor.
func before(version string, major, minor int) bool {
	n := [2]int{}
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 {
		return false
	}
	for i := range n {
		for _, r := range parts[i] {
			if r < '0' || r > '9' {
				return false
			}
			n[i] = n[i]*10 + int(r-'0')
		}
	}
	return n[0] < major || n[0] == major && n[1] < minor
}
