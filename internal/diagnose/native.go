package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// The rules about C memory. What nothing points to any more is lost for certain: that
// alone makes a finding. What something points to and is never freed may be a cache,
// so it takes more: that it was allocated all the time that was watched, and that the
// heap grew by it.

// Ids of the family.
const (
	leakCgo      = "leak/cgo"
	leakNative   = "leak/native"
	heapCorrupt  = "leak/c-heap-corrupt"
	fewestLost   = 3         // chunks of one site, for certain
	fewestLeft   = 16        // of one site that are held
	muchLost     = 64 << 10  // bytes: what one chunk alone must have
	lostEarlier  = 1 << 20   // bytes lost in a heap, of which it is not known who allocated them
	fastGrowth   = 1 << 20   // bytes a second: it will be noticed soon
	largeHeap    = 48 << 20  // bytes from which on it is worth telling what is not in use
	smallestRise = 128 << 10 // bytes by which one block that is made larger must have grown
)

// Native finds what C memory is lost, and who allocates it.
func Native(ev *evidence.Evidence) []report.Finding {
	n := ev.Native
	if n == nil {
		return nil
	}
	var out []report.Finding
	if f, ok := corrupt(n); ok {
		out = append(out, f)
	}
	sites := nativeLeaks(ev)
	for i := range sites {
		out = append(out, sites[i].finding(ev))
	}
	out = handles(ev, out)
	if f, ok := lostBefore(n, sites); ok {
		out = append(out, f)
	}
	if f, ok := unused(n); ok {
		out = append(out, f)
	}
	return out
}

// damageKinds are those that there are sentences for.
var damageKinds = []string{"size", "prev-size", "link", "header", "overrun"}

// corrupt: the allocator's records contradict themselves.
func corrupt(n *evidence.Native) (report.Finding, bool) {
	if len(n.Damage) == 0 {
		return report.Finding{}, false
	}
	d := &n.Damage[0]
	f := report.Finding{ID: heapCorrupt, Severity: report.P1, Confidence: 0.95, Evidence: []string{"native"},
		Title: text.T("finding.leak/c-heap-corrupt.title."+known(d.Kind, damageKinds...), address(d.Addr), address(d.Value))}
	f.Why = []text.Text{text.T("why.native.damage."+known(d.Kind, damageKinds...), address(d.Addr), address(d.Value))}
	if d.Text != "" {
		f.Why = append(f.Why, text.T("why.native.damage.text", d.Text))
	}
	if d.Before != 0 {
		f.Why = append(f.Why, text.T("why.native.damage.before", address(d.Before), d.Size))
		if d.Holds != "" {
			f.Why = append(f.Why, text.T("why.native.damage.holds", d.Holds))
		}
	}
	if len(n.Damage) > 1 {
		f.Why = append(f.Why, text.Plural("why.native.damage.more", len(n.Damage)-1))
	}
	f.Remedy = []text.Text{text.T("finding.leak/c-heap-corrupt.now"), text.T("finding.leak/c-heap-corrupt.change")}
	return f, true
}

// known is s where it is one of the words, else the first of them.
func known(s string, words ...string) string {
	if slices.Contains(words, s) {
		return s
	}
	return words[0]
}

func address(v uint64) string { return fmt.Sprintf("%#x", v) }

// nativeLeak is one place that allocates C memory which is not freed.
type nativeLeak struct {
	place   *report.Place
	isGo    bool
	c       []evidence.Frame // the C functions below, innermost first
	made    string           // the C function that Go called
	certain bool             // nothing points to it any more
	rising  bool             // one block that is made larger and larger

	allocated, freed, left, lost int64
	allocatedBytes, leftBytes    int64
	lostBytes, grownBytes        int64
	goroutines                   []uint64
	holds, name                  string
	span                         time.Duration
	recorded                     *evidence.NativeRecording
}

// nativeLeaks are the places that leak, the worst first. Sites of one place are one.
func nativeLeaks(ev *evidence.Evidence) []nativeLeak {
	n := ev.Native
	r := n.Recording
	if r == nil || r.Span <= 0 {
		return nil
	}
	by := map[string]*nativeLeak{}
	for i := range n.Sites {
		s := &n.Sites[i]
		certain, rising, held := lostSite(s), risingSite(n, s), heldSite(n, s)
		if !certain && !rising && !held {
			continue
		}
		p, isGo := nativePlace(&ev.Target, s)
		key := fmt.Sprint(isGo, p.Function, p.Path, p.Line)
		l := by[key]
		if l == nil {
			l = &nativeLeak{place: p, isGo: isGo, span: r.Span, recorded: r, holds: s.Holds, name: s.Name}
			by[key] = l
		}
		if l.c == nil || certain && !l.certain {
			l.c, l.made = s.Stack[:s.C], calledFunction(s)
		}
		l.certain = l.certain || certain
		l.rising = l.rising || rising && !certain
		l.allocated += s.Allocated
		l.allocatedBytes += s.AllocatedBytes
		l.freed += s.Freed
		l.left += s.Left
		l.leftBytes += s.LeftBytes
		l.lost += s.Lost
		l.lostBytes += s.LostBytes
		if k := len(s.Series); k > 1 {
			l.grownBytes += s.Series[k-1] - s.Series[0]
		}
		for _, g := range s.Goroutines {
			if !slices.Contains(l.goroutines, g) {
				l.goroutines = append(l.goroutines, g)
			}
		}
	}
	var out []nativeLeak
	for _, l := range by {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b nativeLeak) int {
		return cmp.Or(cmp.Compare(b.rate(), a.rate()), cmp.Compare(a.place.Function, b.place.Function), cmp.Compare(a.place.Line, b.place.Line))
	})
	return out
}

// lostSite: nothing points to what it allocated any more. One small chunk may be a
// pointer that was kept in a way that nobody sees.
func lostSite(s *evidence.NativeSite) bool {
	return s.Lost >= fewestLost && s.Lost*20 >= s.Left || s.Lost > 0 && s.LostBytes >= muchLost && s.LostBytes*20 >= s.LeftBytes
}

// heldSite: what it allocates is held, and nevertheless it leaks, as it seems: it was
// allocated all the time, stays, and the heap grew by it.
func heldSite(n *evidence.Native, s *evidence.NativeSite) bool {
	const evenly = 0.4 // of a quarter's fair share
	if s.Left < fewestLeft || n.Recording.Span < time.Second {
		return false
	}
	switch {
	case len(n.Looks) >= 2:
		if s.Grown < 0.6 {
			return false
		}
	case len(n.Looks) == 1:
		return false
	default:
		// The heap cannot be walked. What is freed of what was allocated before is counted,
		// too: of a program that keeps as much as it had the two numbers are equal.
		if more := float64(n.Recording.Allocated) - float64(n.Recording.Freed); s.Left < 4*fewestLeft || more < 0.6*float64(s.Left) || s.Freed*20 > s.Allocated {
			return false
		}
	}
	q := s.Quarters
	if n.Recording.Windows > 1 { // at the begin, in the middle, at the end
		q = [4]int64{q[0], q[1] + q[2], q[1] + q[2], q[3]}
	}
	fair := float64(q[0]+q[1]+q[2]+q[3]) / 4
	for _, of := range q {
		if float64(of) < evenly*fair {
			return false
		}
	}
	// What is freed again after a while is freed at the same rate once that time has
	// passed; a tenth of all that stays is left over from no such row.
	return float64(s.Left) >= 0.02*float64(s.Allocated)
}

// risingSite: one block, or a few, that are made larger and larger.
func risingSite(n *evidence.Native, s *evidence.NativeSite) bool {
	k := len(s.Series)
	if k < 5 || s.Allocated < 8 || s.Left > s.Allocated/4 || len(n.Looks) < 2 {
		return false
	}
	rise := s.Series[k-1] - s.Series[0]
	falls := 0
	for i := 1; i < k; i++ {
		if s.Series[i] < s.Series[i-1] {
			falls++
		}
	}
	grown := n.Looks[len(n.Looks)-1].Bytes - n.Looks[0].Bytes
	return rise >= smallestRise && falls <= k/8 && s.Series[k-1] > s.Series[k/2] && s.Series[k/2] > s.Series[0] &&
		grown >= rise/2 && s.AllocatedBytes/s.Allocated >= rise/8
}

// rate is by how many bytes a second it leaks.
func (l *nativeLeak) rate() float64 {
	bytes := l.leftBytes
	switch {
	case l.rising && l.lost == 0:
		bytes = l.grownBytes
	case l.certain && l.lost*2 < l.left:
		bytes = l.lostBytes
	}
	on := l.recorded.On
	if !l.rising || l.lost > 0 { // what was too young at the end of each window does not count
		on -= time.Duration(l.recorded.Windows) * l.recorded.Aged
	}
	return float64(max(bytes, 0)) / max(on, l.recorded.On/10, time.Millisecond).Seconds() * l.recorded.Density()
}

func (l *nativeLeak) finding(ev *evidence.Evidence) report.Finding {
	id := leakNative
	if l.isGo {
		id = leakCgo
	}
	rate := text.Bytes(int64(l.rate() + 0.5))
	kind := "held"
	switch {
	case l.certain:
		kind = "lost"
	case l.rising:
		kind = "rising"
	}
	f := report.Finding{ID: id, Severity: report.P2, Where: l.place, Evidence: []string{"native"},
		Title: text.T("finding."+id+".title."+kind, shortName(l.place.Function), rate)}
	switch {
	case l.certain && l.lost >= 10:
		f.Confidence = 0.98
	case l.certain:
		f.Confidence = 0.9
	case l.rising:
		f.Confidence = 0.65
	case l.freed == 0:
		f.Confidence = 0.8
	default:
		f.Confidence = 0.65
	}
	if !l.certain && l.span < 5*time.Second {
		f.Confidence -= 0.15
	}
	if l.rate() >= fastGrowth {
		f.Severity = report.P1
	}
	r := l.recorded
	if l.rising && l.left == 0 {
		f.Why = append(f.Why, text.T("why.native.allocated", l.allocated, text.Bytes(l.allocatedBytes), text.Duration(r.On)))
	} else {
		f.Why = append(f.Why, text.T("why.native.left", l.allocated, text.Bytes(l.allocatedBytes), text.Duration(r.On), l.left, text.Bytes(l.leftBytes)))
	}
	switch {
	case l.certain:
		f.Why = append(f.Why, text.T("why.native.lost", l.lost, text.Bytes(l.lostBytes)))
	case l.rising:
		f.Why = append(f.Why, text.T("why.native.rising", text.Bytes(l.grownBytes)))
	case len(ev.Native.Looks) == 0:
		f.Why = append(f.Why, text.T("why.native.held.unseen", r.Allocated, r.Freed))
		f.Confidence -= 0.15
	default:
		f.Why = append(f.Why, text.T("why.native.held"))
	}
	if s := contentWords(l.holds, l.name); !s.IsZero() && l.certain {
		f.Why = append(f.Why, s)
	}
	if words := stackWords(l.c); words != "" {
		f.Why = append(f.Why, text.T("why.native.stack", words))
	}
	if n := len(l.goroutines); n > 0 {
		ids := make([]string, 0, n)
		for _, g := range l.goroutines {
			ids = append(ids, fmt.Sprint(g))
		}
		f.Why = append(f.Why, text.T("why.native.goroutines", strings.Join(ids[:min(n, 8)], ", ")))
	}
	if r.Windows > 1 {
		f.Why = append(f.Why, text.T("why.native.windows", r.Windows, text.Duration(r.On), text.Duration(r.Span), text.Percent(r.Error(l.left))))
	}
	f.Remedy = []text.Text{text.T("finding."+id+".now", ev.Target.PID)}
	switch {
	case l.rising && !l.certain:
		f.Remedy = append(f.Remedy, text.T("finding."+id+".change.rising"))
	case l.made == "C.CString" || l.made == "C.CBytes" || l.made == "C.malloc":
		f.Remedy = append(f.Remedy, text.T("finding.leak/cgo.change.free", l.made))
	case l.made != "":
		f.Remedy = append(f.Remedy, text.T("finding.leak/cgo.change.call", l.made))
	default:
		f.Remedy = append(f.Remedy, text.T("finding."+id+".change"))
	}
	if !l.certain {
		f.Remedy = append(f.Remedy, text.T("remedy.now.native.watch", ev.Target.PID))
	}
	return f
}

// shortName is a function without the folders of its package.
func shortName(function string) string { return function[strings.LastIndexByte(function, '/')+1:] }

// stackWords is the C stack in a line, innermost first.
func stackWords(c []evidence.Frame) string {
	var out []string
	for i := range c {
		f := &c[i]
		name := f.Function
		if f.File != "" && f.File != name && (i == 0 || c[i-1].File != f.File) {
			name += " (" + f.File + ")"
		}
		if strings.HasPrefix(f.Function, "_cgo_") {
			continue
		}
		out = append(out, name)
	}
	const most = 8
	if len(out) > most {
		out = append(out[:most], "…")
	}
	return strings.Join(out, " ← ")
}

// contentWords says what lost chunks hold.
func contentWords(holds, name string) text.Text {
	switch holds {
	case evidence.HoldsText:
		return text.T("why.native.holds.text", name)
	case evidence.HoldsObject:
		return text.T("why.native.holds.object", name)
	case evidence.HoldsGo:
		return text.T("why.native.holds.go")
	case evidence.HoldsChunks:
		return text.T("why.native.holds.chunks")
	}
	return text.Text{}
}

// lostBefore: much is lost of which nobody knows who allocated it.
func lostBefore(n *evidence.Native, sites []nativeLeak) (report.Finding, bool) {
	k := len(n.Looks) - 1
	if k < 0 {
		return report.Finding{}, false
	}
	last := &n.Looks[k]
	if last.LostBytes < lostEarlier && !(last.LostBytes >= lostEarlier/4 && last.LostBytes*5 >= last.Bytes) {
		return report.Finding{}, false
	}
	for i := range sites {
		if sites[i].certain { // it has been told who loses it
			return report.Finding{}, false
		}
	}
	f := report.Finding{ID: leakNative, Severity: report.P2, Confidence: 0.85, Evidence: []string{"native"},
		Title: text.T("finding.leak/native.title.before", text.Bytes(last.LostBytes), last.Lost)}
	f.Why = []text.Text{text.T("why.native.before", last.Lost, text.Bytes(last.LostBytes), last.Chunks, text.Bytes(last.Bytes))}
	if k > 0 && n.Recording != nil && last.LostBytes <= n.Looks[0].LostBytes+n.Looks[0].LostBytes/50 {
		f.Severity, f.Confidence = report.Info, 0.8
		f.Why = append(f.Why, text.T("why.native.before.still", text.Duration(n.Recording.Span)))
	}
	for i := range n.Lost[:min(len(n.Lost), 3)] {
		g := &n.Lost[i]
		f.Why = append(f.Why, text.T("why.native.group", g.Count, g.Size))
		if s := contentWords(g.Holds, g.Name); !s.IsZero() {
			f.Why = append(f.Why, s)
		}
	}
	f.Remedy = []text.Text{text.T("finding.leak/native.now.record"), text.T("finding.leak/native.change.before")}
	return f, true
}

// unused: the C heap has much more of the system than is handed out: not a leak.
func unused(n *evidence.Native) (report.Finding, bool) {
	k := len(n.Looks) - 1
	if k < 0 {
		return report.Finding{}, false
	}
	l := &n.Looks[k]
	free := l.Free + l.Top
	if l.System < largeHeap || free*2 < l.System {
		return report.Finding{}, false
	}
	var others int64 // free in the arenas of threads
	arenas := 0
	for i := range n.Arenas {
		if a := &n.Arenas[i]; !a.Main {
			others += a.Free + a.Cached + a.Top
			arenas++
		}
	}
	kind := "fragmented"
	if arenas > 1 && others*2 > free {
		kind = "arenas"
	}
	f := report.Finding{ID: leakNative, Severity: report.Info, Confidence: 0.85, Evidence: []string{"native"},
		Title: text.T("finding.leak/native.title."+kind, text.Bytes(l.System), text.Bytes(l.Bytes), arenas)}
	f.Why = []text.Text{text.T("why.native.unused", text.Bytes(l.Free), text.Bytes(l.Top), text.Bytes(l.System))}
	if kind == "arenas" {
		f.Why = append(f.Why, text.T("why.native.arenas", arenas, text.Bytes(others)))
	}
	f.Remedy = []text.Text{text.T("finding.leak/native.change." + kind)}
	return f, true
}
