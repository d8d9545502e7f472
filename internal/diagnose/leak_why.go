package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// whyGrowth says what the looks show.
func (c *leakCase) whyGrowth(l *leak) []text.Text {
	var out []text.Text
	if l.g.looks < 2 || l.g.last == 0 && l.g.first == 0 {
		return nil
	}
	took := c.watched()
	switch {
	case l.g.last > l.g.first:
		out = append(out, text.T("why.leak.grew", l.g.looks, text.Duration(took), l.g.first, l.g.last))
	case l.g.last == l.g.first:
		out = append(out, text.T("why.leak.same", l.g.looks, text.Duration(took), l.g.last))
	default:
		out = append(out, text.T("why.leak.fell", l.g.looks, text.Duration(took), l.g.first, l.g.last))
	}
	if l.g.steady {
		out = append(out, text.T("why.leak.rate", figure(l.g.perSecond), text.Bytes(int64(l.g.bytes)), text.Percent(l.g.sure)))
		if takes := l.g.hourly(); takes >= heldMatters {
			switch {
			case c.available > 0:
				out = append(out, text.T("why.leak.hour.left", text.Bytes(takes), text.Bytes(c.available)))
			case c.rss > 0:
				out = append(out, text.T("why.leak.hour", text.Bytes(takes), text.Bytes(c.rss)))
			}
		}
	}
	return out
}

// figure is a number a second with as many figures as are known of it.
func figure(perSecond float64) string {
	switch {
	case perSecond >= 9.95:
		return strconv.FormatFloat(perSecond, 'f', 0, 64)
	case perSecond >= 0.095:
		return strings.TrimSuffix(strconv.FormatFloat(perSecond, 'f', 1, 64), ".0")
	}
	return strconv.FormatFloat(max(0, perSecond), 'g', 1, 64)
}

// whyHeld says who holds them, and what is known of where they come from.
func (c *leakCase) whyHeld(l *leak) []text.Text {
	var out []text.Text
	if l.g.retained > 0 && l.rule.id != leakCgo { // C memory is freed with nothing
		out = append(out, text.T("why.leak.retained", text.Bytes(l.g.retained)))
	}
	switch {
	case len(l.links) == 0, l.s.Kind == evidence.SuspectGoroutines:
	case l.links[0].Kind == evidence.LinkTimer && l.links[0].Name != "":
		out = append(out, text.T("why.leak.calls", shortCall(l.links[0].Name)))
	case l.s.Chains > 1:
		out = append(out, text.T("why.leak.held.chains", c.name(l), c.rootName(l), l.s.Chains))
	default:
		out = append(out, text.T("why.leak.held", c.name(l), c.rootName(l)))
	}
	if f := userFrame(l.s.Site); f != nil {
		out = append(out, text.T("why.leak.site", shortCall(f.Function), at(place(c.t, f, nil))))
	}
	const most = 3
	for i, w := range l.with {
		if i == most {
			break
		}
		out = append(out, text.T("why.leak.with", report.ShortType(w.s.Type), w.g.last, c.name(w)))
	}
	return out
}

// rootName is the root of the chain in words.
func (c *leakCase) rootName(l *leak) text.Text {
	r := &l.links[0]
	switch r.Kind {
	case evidence.LinkStack, evidence.LinkRegister:
		return text.T("leak.root."+string(r.Kind), r.Goroutine, shortCall(r.Name))
	case evidence.LinkGlobal, evidence.LinkFinalizer, evidence.LinkCleanup, evidence.LinkTimer, evidence.LinkHandle, evidence.LinkPinned, evidence.LinkC, evidence.LinkRuntime:
		return text.T("leak.root."+string(r.Kind), 0, shortCall(r.Name))
	}
	return text.T("leak.root.object", 0, report.ShortType(r.Type))
}

// whyLess says what makes it less sure.
func (c *leakCase) whyLess(l *leak) []text.Text {
	var out []text.Text
	t := &l.s.Trend
	switch {
	case l.g.looks < 2:
		out = append(out, text.T("why.less.leak.once"))
	case l.g.steady:
		if !l.g.matters {
			out = append(out, text.T("why.less.leak.small"))
		}
	case t.Falls:
		out = append(out, text.T("why.less.leak.falls"))
	case t.Slows:
		out = append(out, text.T("why.less.leak.slows"))
	case l.g.last > l.g.first && l.g.sure < surely:
		out = append(out, text.T("why.less.leak.unsure", text.Percent(l.g.sure)))
	}
	if l.expires > 0 {
		out = append(out, text.T("why.less.leak.expires", text.Duration(l.expires)))
	}
	if b := l.s.Blocked; b != nil && !b.Proof {
		out = append(out, text.T("why.less.leak.proof"))
	}
	if len(l.links) > 1 && l.links[0].Leaks != evidence.LeaksYes && !slices.Contains(l.suspect, true) {
		out = append(out, text.T("why.less.leak.chain"))
	}
	return out
}

// remedies puts what to do now before what to change, and adds the toolkit's own
// way.
func (c *leakCase) remedies(f *report.Finding, l *leak) {
	change := f.Remedy
	f.Remedy = nil
	switch {
	case f.Severity == report.Info:
		f.Remedy = append(f.Remedy, text.T("remedy.now.leak.watch"))
	case f.Severity == report.P1 && c.t.PID != 0:
		f.Remedy = append(f.Remedy, text.T("remedy.now.leak.save", c.t.PID))
	}
	switch key := id(f) + ".now"; {
	case f.Severity == report.Info || !has(key):
	case f.ID == leakCgo:
		f.Remedy = append(f.Remedy, text.T(key, c.t.PID))
	default:
		f.Remedy = append(f.Remedy, text.T(key))
	}
	if toolkitHolds(l.links) {
		f.Remedy = append(f.Remedy, text.T("remedy.change.leak.toolkit", c.name(l)))
		return
	}
	f.Remedy = append(f.Remedy, change...)
	if key := id(f) + ".change." + c.t.Toolkit; c.t.Toolkit != "" && has(key) {
		f.Remedy = append(f.Remedy, text.T(key))
	}
}

// perhaps is the variant of a title that claims no more than that it grew.
func perhaps(l *leak) string {
	if l.g.steady {
		return ""
	}
	return ".perhaps"
}

// toolkitHolds: no reference on the way to the objects is the user's to take away.
func toolkitHolds(chain []evidence.HeapLink) bool {
	kit := false
	for i := range chain[:max(0, len(chain)-1)] {
		switch link := &chain[i]; {
		case link.Origin == evidence.OriginUser, link.Kind == evidence.LinkStack, link.Kind == evidence.LinkTimer:
			return false
		case link.Origin == evidence.OriginToolkit:
			kit = true
		}
	}
	return kit
}

func fillMap(c *leakCase, f *report.Finding, l *leak) {
	name := c.name(l)
	kind := "slice"
	keys := ""
	if k := l.s.Container; k != nil {
		if has("leak.container." + k.Kind) {
			kind = k.Kind
		}
		keys = quotedKeys(k.Keys)
		if k.Label != "" {
			f.Why = append(f.Why, text.T("why.leak.label", name, text.HeapLabel(k.Label)))
		}
	}
	what := text.T("leak.container." + kind)
	f.Title = text.T("finding.leak/map.title"+perhaps(l), name, what, l.g.last, text.Bytes(l.g.retained))
	if keys != "" {
		f.Why = append(f.Why, text.T("why.leak.keys", keys))
	}
	key := kind
	if key == "sync.Map" || key == "tree" {
		key = "map"
	}
	f.Remedy = []text.Text{text.T("finding.leak/map.change."+key, name), text.T("finding.leak/map.change.bound", name)}
}

// quotedKeys lists a few keys of new entries; whatever the target has in them is
// cut to what fits a line.
func quotedKeys(keys []string) string {
	const most, long = 3, 40
	var out []string
	for i, k := range keys {
		if i == most {
			out = append(out, "…")
			break
		}
		if r := []rune(k); len(r) > long {
			k = string(r[:long]) + "…"
		}
		out = append(out, k)
	}
	return strings.Join(out, ", ")
}

func fillListener(c *leakCase, f *report.Finding, l *leak) {
	name := c.name(l)
	list := text.Literal(name)
	if k := l.s.Container; k != nil {
		if k.Label != "" {
			owner := report.ShortType(c.owner(l))
			list = text.T("leak.reason", owner, text.HeapLabel(k.Label))
			f.Why = append(f.Why, text.T("why.leak.label", owner, text.HeapLabel(k.Label)))
		}
		if len(k.Closures) > 0 {
			cl := &k.Closures[0]
			f.Why = append(f.Why, text.T("why.leak.closures", shortCall(cl.Function), at(place(c.t, cl, nil))))
		}
	}
	f.Title = text.T("finding.leak/listener.title"+perhaps(l), l.g.last, list)
	f.Remedy = []text.Text{text.T("finding.leak/listener.change", report.ShortType(c.owner(l))), text.T("finding.leak/listener.change.once")}
}

func fillTimer(c *leakCase, f *report.Finding, l *leak) {
	f.Title = text.T("finding.leak/timer.title", l.g.last, shortCall(f.Where.Function))
	if userFrame(l.s.Site) == nil && len(l.links) > 0 && l.links[0].Kind == evidence.LinkTimer && l.links[0].Name != "" {
		f.Title = text.T("finding.leak/timer.title.calls", l.g.last, shortCall(l.links[0].Name))
	}
	f.Remedy = []text.Text{text.T("finding.leak/timer.change"), text.T("finding.leak/timer.change.after")}
}

func fillWidget(c *leakCase, f *report.Finding, l *leak) {
	f.Title = text.T("finding.leak/widget-detached.title", l.g.last, c.name(l), report.ShortType(l.s.Type))
	if sh := l.s.Shown; sh != nil {
		f.Why = append(f.Why, text.T("why.leak.shown", max(0, sh.Windows), max(0, sh.Total)))
	}
	f.Remedy = []text.Text{text.T("finding.leak/widget-detached.change", c.name(l))}
}

func fillWindow(c *leakCase, f *report.Finding, l *leak) {
	f.Title = text.Plural("finding.leak/window-closed.title", int(min(l.g.last, 1<<30)), c.name(l))
	if sh := l.s.Shown; sh != nil {
		f.Why = append(f.Why, text.T("why.leak.closed", max(0, sh.Windows)))
	}
	f.Remedy = []text.Text{text.T("finding.leak/window-closed.change", c.name(l))}
}

func fillImage(c *leakCase, f *report.Finding, l *leak) {
	bytes := l.g.retained
	if sh := l.s.Shown; sh != nil {
		if sh.Pixels > 0 {
			f.Why = append(f.Why, text.T("why.leak.pixels", fmt.Sprintf("%.1f", float64(sh.Pixels)/1e6)))
		}
		if sh.Memory > 0 {
			f.Why = append(f.Why, text.T("why.leak.outside", text.Bytes(sh.Memory)))
			bytes += min(sh.Memory, 1<<50)
		}
		if sh.State == "disposed" {
			f.Why = append(f.Why, text.T("why.leak.disposed"))
		}
	}
	f.Title = text.T("finding.leak/image.title", l.g.last, text.Bytes(bytes), c.name(l))
	f.Remedy = []text.Text{text.T("finding.leak/image.change", c.name(l))}
}

func fillGoroutine(c *leakCase, f *report.Finding, l *leak) {
	b := l.s.Blocked
	key := "finding.leak/goroutine.title"
	if !b.Proof {
		key += ".waits"
	}
	f.Title = text.T(key, l.g.last, shortCall(f.Where.Function))
	f.Where.State = b.WaitReason
	object := b.Object
	if object == "" {
		object = b.WaitReason
	}
	object = report.ShortType(object)
	if b.Proof {
		f.Why = append(f.Why, text.T("why.leak.proof", object))
	} else {
		f.Why = append(f.Why, text.T("why.leak.waits", object))
	}
	if b.Created != nil {
		f.Why = append(f.Why, text.T("why.leak.created", shortCall(b.Created.Function), at(place(c.t, b.Created, nil))))
	}
	if b.Since > 0 {
		f.Why = append(f.Why, text.T("why.leak.since", text.Duration(sane(b.Since))))
		f.SinceMS = sane(b.Since).Milliseconds()
	}
	if b.Stacks > 0 {
		f.Why = append(f.Why, text.T("why.leak.stacks", text.Bytes(b.Stacks)))
	}
	kind := "receive"
	switch {
	case strings.HasPrefix(b.WaitReason, "chan send"):
		kind = "send"
	case strings.HasPrefix(b.WaitReason, "select"):
		kind = "select"
	case strings.HasPrefix(b.WaitReason, "sync."), strings.HasPrefix(b.WaitReason, "semacquire"):
		kind = "sync"
	}
	f.Remedy = []text.Text{text.T("finding.leak/goroutine.change."+kind, shortCall(f.Where.Function)), text.T("finding.leak/goroutine.change.context", shortCall(f.Where.Function))}
}

func fillFinalizer(c *leakCase, f *report.Finding, l *leak) {
	q := l.s.Queue
	if q != nil && !q.Cycle {
		running := "?"
		if r := outsideRuntime(q.Runner); r != nil {
			running = shortCall(r.Function)
			f.Why = append(f.Why, text.T("why.leak.runner", running, at(place(c.t, r, nil))))
		}
		f.Title = text.T("finding.leak/finalizer.title.queue", lastOf(q.Queued), running)
		f.Why = append(f.Why, text.T("why.leak.queue", lastOf(q.Queued), q.Queued[0]))
		f.Remedy = []text.Text{text.T("finding.leak/finalizer.change.queue", running)}
		return
	}
	f.Title = text.T("finding.leak/finalizer.title", l.g.last, report.ShortType(l.s.Type))
	f.Why = append(f.Why, text.T("why.leak.cycle", report.ShortType(l.s.Type)))
	f.Remedy = []text.Text{text.T("finding.leak/finalizer.change", report.ShortType(l.s.Type))}
}

// outsideRuntime is the innermost frame that is not the runtime's own; nil: none.
func outsideRuntime(frames []evidence.Frame) *evidence.Frame {
	for i := range frames {
		if frames[i].Origin != evidence.OriginRuntime {
			return &frames[i]
		}
	}
	return nil
}

func fillBacking(c *leakCase, f *report.Finding, l *leak) {
	b := l.s.Backing
	f.Title = text.T("finding.leak/subslice.title", text.Bytes(b.Used), text.Bytes(b.Size), c.name(l), l.g.last)
	f.Why = append(f.Why, text.T("why.leak.backing", text.Bytes(b.Size), text.Bytes(b.Used), max(0, b.Refs)))
	key := "finding.leak/subslice.change"
	if strings.Contains(l.s.Type, "string") {
		key += ".string"
	}
	f.Remedy = []text.Text{text.T(key, c.name(l))}
}
