package diagnose

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// onlyHeap is the evidence of this family's findings.
var onlyHeap = []string{"heap"}

// leakCase is the evidence of one examination of a heap.
type leakCase struct {
	t    *evidence.Target
	h    *evidence.Heap
	rss  int64 // 0: not known
	live int64 // bytes of live objects at the last look
	// available is what the machine could still give, 0: not known.
	available int64
}

// leakRule tells one id. The order of leakRules is that of how specific they are:
// where two say the same, the earlier one is told.
type leakRule struct {
	id string
	// applies: the suspect is of this rule's kind.
	applies func(s *evidence.HeapSuspect) bool
	// judge says how bad it is, and how sure that is; no severity: not worth a word.
	judge func(c *leakCase, s *evidence.HeapSuspect, g growth) (report.Severity, float64)
	// fill sets the title, and adds the reasons and remedies that only this id has.
	fill func(c *leakCase, f *report.Finding, l *leak)
}

var leakRules = []leakRule{
	{"leak/window-closed", ofKind(evidence.SuspectWindows), judgeWindow, fillWindow},
	{"leak/widget-detached", ofKind(evidence.SuspectWidgets), judgeWidget, fillWidget},
	{"leak/image", ofKind(evidence.SuspectImages), judgeGrowth, fillImage},
	{"leak/listener", holdsListeners, judgeGrowth, fillListener},
	{"leak/timer", ofKind(evidence.SuspectTimers), judgeGrowth, fillTimer},
	{"leak/goroutine", ofKind(evidence.SuspectGoroutines), judgeGoroutine, fillGoroutine},
	{"leak/finalizer", ofKind(evidence.SuspectFinalizers), judgeFinalizer, fillFinalizer},
	{"leak/subslice", ofKind(evidence.SuspectBacking), judgeBacking, fillBacking},
	{leakCgo, holdsC, judgeGrowth, fillHeldC},
	{"leak/map", ofKind(evidence.SuspectContainer), judgeGrowth, fillMap},
}

func ofKind(k evidence.SuspectKind) func(*evidence.HeapSuspect) bool {
	return func(s *evidence.HeapSuspect) bool { return s.Kind == k }
}

// holdsListeners: closures pile up, in a list of the user's own or the toolkit's.
func holdsListeners(s *evidence.HeapSuspect) bool {
	if s.Kind == evidence.SuspectListeners {
		return true
	}
	if s.Kind != evidence.SuspectContainer || s.Container == nil {
		return false
	}
	label := strings.ToLower(s.Container.Label)
	return len(s.Container.Closures) > 0 || strings.Contains(label, "listener") || strings.Contains(label, "callback") || strings.Contains(label, "handler")
}

// leak is a suspect that is told.
type leak struct {
	s        *evidence.HeapSuspect
	g        growth
	rule     *leakRule
	rank     int // of its rule: the lower, the more specific
	severity report.Severity
	sure     float64
	links    []evidence.HeapLink
	suspect  []bool
	expires  time.Duration // the toolkit's cache that holds them lets go after so long, and was not watched long enough
	with     []*leak       // what grows with it, and is not told by itself
}

// Leaks is the leak family: what grows in memory, and who holds it. Leaks of C
// memory are among them where Go holds it.
func Leaks(ev *evidence.Evidence) []report.Finding {
	if ev.Heap == nil {
		return nil
	}
	c := &leakCase{t: &ev.Target, h: ev.Heap}
	c.whatIsLeft()
	var all []*leak
	for i := range c.h.Suspects {
		s := &c.h.Suspects[i]
		rank := slices.IndexFunc(leakRules, func(r leakRule) bool { return r.applies(s) })
		if rank < 0 {
			continue
		}
		l := &leak{s: s, g: growthOf(s), rule: &leakRules[rank], rank: rank}
		if l.severity, l.sure = l.rule.judge(c, s, l.g); l.severity == "" {
			continue
		}
		l.links, l.suspect = LeakChain(s)
		if l.expires = c.expires(s); l.expires > 0 {
			l.severity, l.sure = report.Info, l.sure*0.5
		}
		all = append(all, l)
	}
	all = mergeLeaks(all)
	var out []report.Finding
	for _, l := range all {
		out = append(out, c.finding(l))
	}
	if f, ok := c.notReturned(all); ok {
		out = append(out, f)
	}
	return out
}

func (c *leakCase) finding(l *leak) report.Finding {
	f := report.Finding{ID: l.rule.id, Severity: l.severity, Confidence: l.sure, Evidence: onlyHeap,
		Where: c.where(l), Leak: c.leakOf(l)}
	f.Why = c.whyGrowth(l)
	l.rule.fill(c, &f, l)
	f.Why = append(f.Why, c.whyHeld(l)...)
	f.Why = append(f.Why, c.whyLess(l)...)
	c.remedies(&f, l)
	f.Confidence = round(min(max(f.Confidence, 0.05), 0.99))
	return f
}

// leakOf is the chain and the figures, for whoever shows them.
func (c *leakCase) leakOf(l *leak) *report.Leak {
	out := &report.Leak{Type: l.s.Type, Count: l.g.last, Bytes: l.g.retained, Signature: shortSignature(l.s.Signature), Chains: max(0, l.s.Chains)}
	if l.g.looks > 1 {
		out.PerSecond, out.BytesPerSecond = l.g.perSecond, l.g.bytes
	}
	for i := range min(len(c.h.Looks), len(l.s.Count)) {
		look := report.LeakLook{AtMS: sane(c.h.Looks[i].At - c.h.Looks[0].At).Milliseconds(), Count: max(0, l.s.Count[i])}
		if i < len(l.s.Bytes) {
			look.Bytes = max(0, l.s.Bytes[i])
		}
		out.Looks = append(out.Looks, look)
	}
	for i := range l.links {
		link := &l.links[i]
		r := report.LeakLink{Kind: string(link.Kind), Name: link.Name, Type: link.Type, Ref: link.Ref, Size: max(0, link.Size),
			Retained: max(0, link.Retained), Len: max(0, link.Len), Goroutine: link.Goroutine, Yours: link.Origin == evidence.OriginUser,
			Label: link.Label, Leaks: link.Leaks, Suspect: l.suspect[i]}
		if link.Addr != 0 {
			r.Addr = hexAddr(link.Addr)
		}
		if link.Frame != nil {
			r.Place = place(c.t, link.Frame, nil)
		}
		if link.Why != "" && has(link.Why) {
			r.Why = text.T(link.Why)
		}
		out.Chain = append(out.Chain, r)
	}
	return out
}

// expires returns how long the toolkit's cache that holds the objects keeps them,
// if that is why they may still be there: growth that is seen for twice as long is
// no such cache's.
func (c *leakCase) expires(s *evidence.HeapSuspect) time.Duration {
	for i := range s.Chain {
		if d := sane(s.Chain[i].Expires); d > 0 && c.watched() < 2*d {
			return d
		}
	}
	return 0
}

// judgeGrowth: only that it grows makes it a leak.
func judgeGrowth(c *leakCase, s *evidence.HeapSuspect, g growth) (report.Severity, float64) {
	switch {
	case g.steady && g.matters:
		return c.severity(g), 0.5 + 0.5*g.sure
	case g.steady, g.last > g.first && g.retained >= heldMatters && g.sure > 0:
		return report.Info, max(0.2, g.sure*0.8)
	}
	return "", 0
}

// judgeWindow: a window that is closed cannot be opened again, so each one that
// is left is one too many.
func judgeWindow(c *leakCase, s *evidence.HeapSuspect, g growth) (report.Severity, float64) {
	if s.Shown != nil && s.Shown.State == "hidden" || g.last == 0 {
		return judgeGrowth(c, s, g)
	}
	if g.steady {
		return c.severity(g), 0.85 + 0.14*g.sure
	}
	return report.P2, 0.85
}

// judgeWidget: a widget that no window shows may be kept for later, so it must
// grow, or be far more than what is shown.
func judgeWidget(c *leakCase, s *evidence.HeapSuspect, g growth) (report.Severity, float64) {
	if !g.steady && !toolkitHolds(s.Chain) && s.Shown != nil && g.last >= keptPages*max(1, s.Shown.Total) && g.retained >= keptMemory {
		return report.P2, 0.65
	}
	if g.steady && g.matters {
		return c.severity(g), 0.6 + 0.38*g.sure
	}
	return judgeGrowth(c, s, g)
}

// judgeGoroutine: that nobody can wake them is proof, however few they are.
func judgeGoroutine(c *leakCase, s *evidence.HeapSuspect, g growth) (report.Severity, float64) {
	if s.Blocked == nil || g.last == 0 {
		return "", 0
	}
	if s.Blocked.Proof {
		switch {
		case g.steady:
			return c.severity(g), 0.9 + 0.09*g.sure
		case g.last >= forGoodLeast:
			return report.P2, 0.9
		case g.last > 1 || g.last > g.first && g.looks > 1:
			return report.Info, 0.8
		}
		return "", 0 // a single one that waits for good is most often meant to
	}
	severity, sure := judgeGrowth(c, s, g)
	return severity, sure * 0.8
}

// judgeFinalizer: a cycle of finalizers is never freed; a queue must not drain.
func judgeFinalizer(c *leakCase, s *evidence.HeapSuspect, g growth) (report.Severity, float64) {
	q := s.Queue
	if q == nil {
		return judgeGrowth(c, s, g)
	}
	if q.Cycle {
		switch {
		case g.steady:
			return c.severity(g), 0.9 + 0.09*g.sure
		case g.retained >= heldMatters:
			return report.P2, 0.9
		}
		return report.Info, 0.9
	}
	waits := lastOf(q.Queued)
	if len(q.Queued) < 2 || waits < queueLeast || waits <= q.Queued[0] {
		return "", 0
	}
	if outsideRuntime(q.Runner) == nil {
		return report.Info, 0.5 // it runs between the looks: a burst, perhaps
	}
	return c.severity(g), 0.85
}

// judgeBacking: single arrays of which little is used are buffers, most often.
func judgeBacking(c *leakCase, s *evidence.HeapSuspect, g growth) (report.Severity, float64) {
	b := s.Backing
	if b == nil || b.Size <= 0 || float64(b.Used) > backingUsed*float64(b.Size) {
		return "", 0
	}
	if g.steady && g.matters {
		return c.severity(g), 0.7 + 0.28*g.sure
	}
	// Retained is all of it; what is used would have to stay.
	wasted := float64(g.retained) * (1 - float64(max(0, b.Used))/float64(b.Size))
	if wasted < heldMatters {
		return "", 0
	}
	if g.last > 1 && wasted >= backingShare*float64(c.live) && !toolkitHolds(s.Chain) {
		return report.P2, 0.75
	}
	return report.Info, 0.6
}

// notReturned: resident memory that Go has freed and the system has not yet got
// back is no leak, however large it looks from outside.
func (c *leakCase) notReturned(told []*leak) (report.Finding, bool) {
	if c.h.Account == nil || c.rss < smallProgram ||
		slices.ContainsFunc(told, func(l *leak) bool { return l.severity.Rank() <= report.P2.Rank() }) || c.liveGrows() {
		return report.Finding{}, false
	}
	part := map[evidence.MemoryKind]int64{}
	for _, p := range c.h.Account.Part {
		part[p.Name] = min(max(0, p.RSS), c.rss)
	}
	free, live := part[evidence.MemoryFree], part[evidence.MemoryLive]
	// A third: GOGC's usual 100 alone makes a heap of twice what lives, which the
	// collector fills again; more than lives, and a third of everything, is left over
	// from a peak.
	if free*3 < c.rss || free <= live {
		return report.Finding{}, false
	}
	f := report.Finding{ID: "leak/none-scavenger", Severity: report.Info, Confidence: 0.9, Evidence: onlyHeap,
		Title: text.T("finding.leak/none-scavenger.title", text.Bytes(free))}
	f.Why = []text.Text{
		text.T("why.leak.free", text.Bytes(free), text.Percent(float64(free)/float64(max(1, c.rss))), text.Bytes(c.rss)),
		text.T("why.leak.free.live", text.Bytes(live)),
	}
	if len(c.h.Looks) > 1 {
		f.Why = append(f.Why, text.T("why.leak.free.still"))
	} else {
		f.Confidence = 0.7
		f.Why = append(f.Why, text.T("why.less.leak.once"))
	}
	if n := len(c.h.Counters); n > 1 && c.h.Counters[n-1].Released > c.h.Counters[0].Released {
		f.Why = append(f.Why, text.T("why.leak.free.returns", text.Bytes(c.h.Counters[n-1].Released-c.h.Counters[0].Released)))
	}
	f.Remedy = []text.Text{text.T("finding.leak/none-scavenger.now"), text.T("finding.leak/none-scavenger.change")}
	return f, true
}

// liveGrows: what lives grew by a tenth or more between the first and the last
// look; less comes and goes.
func (c *leakCase) liveGrows() bool {
	n := len(c.h.Looks)
	return n > 1 && c.h.Looks[n-1].Bytes > c.h.Looks[0].Bytes+c.h.Looks[0].Bytes/10
}

// sortLeaks puts the most telling first, so that what follows does not depend on
// the order in which the suspects were found.
func sortLeaks(all []*leak) {
	slices.SortStableFunc(all, func(a, b *leak) int {
		return cmp.Or(cmp.Compare(a.severity.Rank(), b.severity.Rank()), cmp.Compare(a.rank, b.rank),
			cmp.Compare(b.g.retained, a.g.retained), cmp.Compare(b.g.last, a.g.last),
			cmp.Compare(chainKey(a.links, len(a.links)), chainKey(b.links, len(b.links))),
			cmp.Compare(a.s.Signature, b.s.Signature), cmp.Compare(a.s.Type, b.s.Type))
	})
}
