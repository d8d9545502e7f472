package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Native is what a program's C memory consists of, and who allocates it. Sizes are
// bytes; figures of sites are those recorded, PerSecond is scaled.
type Native struct {
	Allocator     string  `json:"allocator,omitempty"` // "glibc 2.36"
	Chunks        int64   `json:"chunks"`              // handed out, at the last look
	Bytes         int64   `json:"bytes"`
	System        int64   `json:"system"` // that the allocator has of the system
	Free          int64   `json:"free"`
	Lost          int64   `json:"lost"`
	LostBytes     int64   `json:"lost_bytes"`
	Possibly      int64   `json:"possibly_lost"`
	PossiblyBytes int64   `json:"possibly_lost_bytes"`
	RecordedMS    float64 `json:"recorded_ms,omitempty"` // for so long allocations were recorded
	SpanMS        float64 `json:"span_ms,omitempty"`     // of so long
	Allocated     uint64  `json:"allocated,omitempty"`   // events
	Freed         uint64  `json:"freed,omitempty"`
	Cost          float64 `json:"cost,omitempty"` // share of one thread's time, estimated

	Sites  []NativeSite            `json:"sites"` // what is lost first, then what is left
	Groups []evidence.NativeGroup  `json:"lost_groups,omitempty"`
	Growth []evidence.NativeGrowth `json:"growth,omitempty"`
	Arenas []evidence.NativeArena  `json:"arenas,omitempty"`

	HandlesMS float64         `json:"handles_ms,omitempty"` // for so long handles were counted
	Handles   []NativeHandles `json:"handles,omitempty"`    // what is left first
}

// NativeHandles is what one place made by a function of a C library.
type NativeHandles struct {
	Function  string `json:"function"`  // that makes them: "fopen"
	Destroyer string `json:"destroyer"` // "fclose"
	Place     *Place `json:"place,omitempty"`
	Yours     bool   `json:"yours,omitempty"` // it is the user's own line
	Made      int    `json:"made"`
	Destroyed int    `json:"destroyed"` // of those
}

// handlesOf lists what was made.
func (n *Native) handlesOf(h *evidence.NativeHandles) {
	if h == nil {
		return
	}
	n.HandlesMS = float64(h.Took.Microseconds()) / 1000
	for i := range h.Objects {
		o := &h.Objects[i]
		x := NativeHandles{Function: o.Function, Destroyer: o.Destroyer, Made: o.Made, Destroyed: o.Destroyed}
		x.Place, x.Yours = placeIn(h.Stacks, o.Stack, o.Place, o.Goroutine)
		n.Handles = append(n.Handles, x)
	}
}

// NativeSite is one stack that allocates.
type NativeSite struct {
	Place          *Place   `json:"place,omitempty"` // the Go line; nil: no Go code led there
	C              []string `json:"c,omitempty"`     // the C functions, innermost first: "strdup (libc.so.6)"
	Go             []string `json:"go,omitempty"`    // the Go functions above them: "main.load main.go:12"
	Goroutines     []uint64 `json:"goroutines,omitempty"`
	Allocated      int64    `json:"allocated"`
	AllocatedBytes int64    `json:"allocated_bytes"`
	Freed          int64    `json:"freed"`
	Left           int64    `json:"left"` // not freed by the end, and old enough
	LeftBytes      int64    `json:"left_bytes"`
	Lost           int64    `json:"lost"`
	LostBytes      int64    `json:"lost_bytes"`
	BytesPerSecond float64  `json:"bytes_per_second"`         // allocated, scaled to the whole span
	Error          float64  `json:"relative_error,omitempty"` // of that: one standard deviation, where it is scaled
	Holds          string   `json:"holds,omitempty"`          // what the lost ones hold
	HoldsName      string   `json:"holds_name,omitempty"`
	Address        string   `json:"address,omitempty"` // of one that is left
}

// NativeOf makes a report's account of C memory; nil without evidence of it.
func NativeOf(n *evidence.Native, placeOf func(*evidence.NativeSite) *Place) *Native {
	if n == nil {
		return nil
	}
	out := &Native{Allocator: strings.TrimSpace(n.Allocator + " " + n.Version), Sites: []NativeSite{}, Groups: n.Lost, Growth: n.Growth, Arenas: n.Arenas}
	if k := len(n.Looks) - 1; k >= 0 {
		l := &n.Looks[k]
		out.Chunks, out.Bytes, out.System, out.Free = l.Chunks, l.Bytes, l.System, l.Free+l.Top
		out.Lost, out.LostBytes, out.Possibly, out.PossiblyBytes = l.Lost, l.LostBytes, l.Possibly, l.PossiblyBytes
	}
	out.handlesOf(n.Handles)
	r := n.Recording
	if r == nil {
		return out
	}
	out.RecordedMS, out.SpanMS = float64(r.On.Microseconds())/1000, float64(r.Span.Microseconds())/1000
	out.Allocated, out.Freed, out.Cost = r.Allocated, r.Freed, r.Cost
	for i := range n.Sites {
		s := &n.Sites[i]
		site := NativeSite{Goroutines: s.Goroutines, Allocated: s.Allocated, AllocatedBytes: s.AllocatedBytes, Freed: s.Freed, Left: s.Left,
			LeftBytes: s.LeftBytes, Lost: s.Lost, LostBytes: s.LostBytes, Holds: s.Holds, HoldsName: s.Name}
		if s.Go() {
			site.Place = placeOf(s)
		}
		for j := range s.Stack {
			f := &s.Stack[j]
			if j < s.C {
				site.C = append(site.C, cName(f))
			} else {
				site.Go = append(site.Go, fmt.Sprintf("%s %s:%d", f.Function, baseName(f.File), f.Line))
			}
		}
		if r.Span > 0 {
			site.BytesPerSecond = float64(s.AllocatedBytes) * r.Scale() / r.Span.Seconds()
		}
		if r.Scale() > 1 {
			site.Error = r.Error(s.Allocated)
		}
		if s.Addr != 0 {
			site.Address = fmt.Sprintf("%#x", s.Addr)
		}
		out.Sites = append(out.Sites, site)
	}
	return out
}

// cName is a C function and its library.
func cName(f *evidence.Frame) string {
	if f.File == "" || f.File == f.Function {
		return f.Function
	}
	return f.Function + " (" + f.File + ")"
}

const (
	nativeSites      = 12 // that are shown, unless asked for all
	nativeGroupsSeen = 5

	nativeHandlesSeen = 8
)

// native writes the account of C memory, and who allocates it.
func (t *terminal) native() {
	n := t.r.Native
	if n == nil || n.Chunks == 0 && len(n.Sites) == 0 || t.freeze != nil && !t.o.Verbose {
		return // in passing, it is a finding or nothing
	}
	t.page.blank()
	facts := []string{}
	if n.Allocator != "" {
		facts = append(facts, n.Allocator)
	}
	if n.Chunks > 0 {
		facts = append(facts, t.say("native.chunks", n.Chunks, text.Bytes(n.Bytes)), t.say("native.system", text.Bytes(n.Bytes), text.Bytes(n.System)))
	}
	t.page.line(span{}, plain("  "), span{styleBold, t.say("native.heading")}, span{styleDim, "  " + strings.Join(facts, " · ")})
	if n.Lost > 0 {
		t.page.line(plain("  "), plain("    "), span{styleYellow, t.say("native.lost", n.Lost, text.Bytes(n.LostBytes))})
	}
	if n.Possibly > 0 {
		t.page.line(plain("  "), plain("    "), plain(t.say("native.possibly", n.Possibly, text.Bytes(n.PossiblyBytes))))
	}
	t.nativeSites(n)
	t.nativeHandles(n)
	if n.Lost > 0 && (t.o.Verbose || len(n.Sites) == 0) {
		t.page.line(plain("  "), plain("  "), span{styleDim, t.say("native.groups")})
		for i := range n.Groups[:min(len(n.Groups), nativeGroupsSeen)] {
			g := &n.Groups[i]
			t.page.line(plain("    "), plain("      "), plain(fmt.Sprintf("%d × %d B  %s", g.Count, g.Size, holdsWords(g.Holds, g.Name, t.o.Lang))))
		}
	}
	if t.o.Growth {
		t.page.line(plain("  "), plain("  "), span{styleDim, t.say("native.growth")})
		for i := range n.Growth[:min(len(n.Growth), 2*nativeGroupsSeen)] {
			g := &n.Growth[i]
			size := fmt.Sprintf("%d B", g.From)
			if g.To != g.From {
				size = fmt.Sprintf("%d–%d B", g.From, g.To)
			}
			t.page.line(plain("    "), plain("      "), plain(fmt.Sprintf("%s  %d → %d  %s → %s", size, g.Count[0], g.Count[1], text.Bytes(g.Bytes[0]), text.Bytes(g.Bytes[1]))))
		}
	}
}

// nativeSites lists who allocates.
func (t *terminal) nativeSites(n *Native) {
	if len(n.Sites) == 0 {
		return
	}
	on, all := milliseconds(n.RecordedMS), milliseconds(n.SpanMS)
	heading := t.say("native.sites", on)
	if n.SpanMS > n.RecordedMS*1.01 {
		heading = t.say("native.sites.scaled", on, all)
	}
	t.page.line(plain("  "), plain("  "), span{styleDim, heading})
	rows := nativeRows(n.Sites)
	for i := range rows {
		s := &rows[i]
		if i == nativeSites && !t.o.Verbose {
			break
		}
		var spans []span
		if s.Place != nil {
			spans = append(spans, span{styleCyan, fileLine(s.Place)}, plain("  "), span{styleBold, shortFunction(s.Place.Function)})
		} else if len(s.C) > 0 {
			spans = append(spans, span{styleBold, s.C[min(1, len(s.C)-1)]})
		}
		spans = append(spans, plain("  "+t.say("native.site", s.Allocated, text.Bytes(s.AllocatedBytes), s.Freed, s.Left, text.Bytes(s.LeftBytes), s.Lost)))
		t.page.line(plain("    "), plain("      "), spans...)
		if s.Lost > 0 && s.Holds != "" {
			t.page.line(plain("      "), plain("        "), span{styleDim, holdsWords(s.Holds, s.HoldsName, t.o.Lang)})
		}
		if t.o.Verbose {
			t.page.line(plain("      "), plain("        "), span{styleDim, strings.Join(slices.Concat(s.C, s.Go), " ← ")})
		}
	}
}

// nativeHandles lists what is made by functions of C libraries.
func (t *terminal) nativeHandles(n *Native) {
	if len(n.Handles) == 0 {
		return
	}
	t.page.line(plain("  "), plain("  "), span{styleDim, t.say("native.handles", milliseconds(n.HandlesMS))})
	for i := range n.Handles[:min(len(n.Handles), t.most(len(n.Handles), nativeHandlesSeen))] {
		h := &n.Handles[i]
		t.page.line(plain("    "), plain("      "), append(gpuPlace(h.Place, h.Yours), plain("  "+t.say("native.handle", clean(h.Function), h.Made, h.Destroyed, clean(h.Destroyer))))...)
	}
}

// nativeRows joins the stacks of one line, in the order of the first of each.
func nativeRows(sites []NativeSite) []NativeSite {
	var rows []NativeSite
	at := map[string]int{}
	for _, s := range sites {
		key := strings.Join(s.C, "\n")
		if s.Place != nil {
			key = placeKey(s.Place) + fileLine(s.Place)
		}
		i, ok := at[key]
		if !ok {
			at[key] = len(rows)
			rows = append(rows, s)
			continue
		}
		r := &rows[i]
		r.Allocated += s.Allocated
		r.AllocatedBytes += s.AllocatedBytes
		r.Freed += s.Freed
		r.Left += s.Left
		r.LeftBytes += s.LeftBytes
		r.Lost += s.Lost
		r.LostBytes += s.LostBytes
	}
	return rows
}

// holdsWords says what a chunk holds.
func holdsWords(holds, name string, lang text.Lang) string {
	switch holds {
	case evidence.HoldsText:
		return text.T("native.holds.text", name).In(lang)
	case evidence.HoldsObject:
		return text.T("native.holds.object", name).In(lang)
	case evidence.HoldsGo, evidence.HoldsChunks, evidence.HoldsZero:
		return text.T("native.holds." + holds).In(lang)
	}
	return text.T("native.holds.data").In(lang)
}

// nativeLines say what was looked at.
func nativeLines(ev *evidence.Evidence, lang text.Lang) (lines []string) {
	if ev == nil || ev.Native == nil {
		return nil
	}
	n := ev.Native
	if k := len(n.Looks) - 1; k >= 0 {
		l := &n.Looks[k]
		lines = append(lines, text.T("native.looked.heap", strings.TrimSpace(n.Allocator+" "+n.Version), l.Chunks, text.Bytes(l.Bytes), l.Lost, l.Possibly).In(lang))
	}
	if r := n.Recording; r != nil {
		lines = append(lines, text.T("native.looked.recording", text.Duration(r.On), r.Allocated, r.Freed, text.Percent(r.Cost)).In(lang))
	}
	return lines
}

// nativeHealthyKey chooses the verdict on C memory.
func nativeHealthyKey(r *Report, n *evidence.Native) string {
	switch {
	case len(r.Limits) > 0 || len(n.Looks) == 0:
		return "report.healthy.blind"
	case n.Recording == nil:
		return "native.healthy.once"
	}
	return "native.healthy"
}
