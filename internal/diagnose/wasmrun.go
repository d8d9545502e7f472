package diagnose

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

func itoa(n int) string { return strconv.Itoa(n) }

// running is about programs that were started.
func (c *pageCase) running() []report.Finding {
	var out []report.Finding
	webgl, noWebGL := c.webGL()
	if noWebGL {
		out = append(out, webgl)
	}
	for i := range c.p.Programs {
		p := &c.p.Programs[i]
		if p.Kind == evidence.ProgramOther {
			continue
		}
		broke, isBroken := c.breakdown(p)
		switch {
		case isBroken && noWebGL && webgl.Severity != report.Info && broke.ID == "wasm/panic":
			// The panic says the same.
			if w := broke.Where; w != nil {
				out[0].Where = w
			}
			out[0].Why = append(out[0].Why, broke.Why...)
		case isBroken:
			out = append(out, broke)
		default:
			if f, ok := c.exited(p); ok {
				out = append(out, f)
			}
		}
		leak, leaks := c.funcLeak(p)
		if leaks {
			out = append(out, leak)
		}
		if f, ok := c.growth(p, leaks); ok && !isBroken {
			out = append(out, f)
		}
	}
	if f, ok := c.longTask(); ok {
		out = append(out, f)
	}
	if c.p.Crashed {
		f := pageFinding("wasm/memory-growth", report.P0, 0.6, text.T("finding.wasm/memory-growth.title.crash"))
		f.Why = append(f.Why, text.T("why.page.crash"))
		remedy(&f, "start")
		out = append(out, f)
	}
	return out
}

// breakdown is about a program that panicked, or that the engine stopped.
func (c *pageCase) breakdown(p *evidence.WasmProgram) (report.Finding, bool) {
	if p.Panic == nil {
		return c.trap(p)
	}
	message := firstLine(p.Panic.Message)
	id, variant := "wasm/panic", ""
	args := []any{message}
	switch {
	case strings.Contains(message, "all goroutines are asleep"):
		id, variant = "wasm/deadlock", ".message"
	case strings.Contains(message, "out of memory") || strings.Contains(message, "cannot allocate memory"):
		id, variant = "wasm/memory-growth", ".out"
		args = []any{text.Bytes(lastSize(p))}
	}
	f := pageFinding(id, report.P0, 0.98, text.T("finding."+id+".title"+variant, args...))
	f.Why = append(f.Why, text.T("why.page.printed", message))
	if g := c.guilty(p, id == "wasm/deadlock"); g != nil {
		f.Where = userPlace(c.t, g)
		if w := f.Where; w != nil && w.State == "" {
			w.State = g.Status
		}
	}
	if f.Where == nil || f.Where.File == "" {
		if i := toolkit.UserFrame(p.Exit); i >= 0 {
			f.Where = place(c.t, &p.Exit[i], nil)
		}
	}
	if p.Exited {
		f.Why = append(f.Why, text.T("why.page.exit", p.Code))
	}
	remedy(&f, "page")
	return f, true
}

// guilty is the goroutine that a breakdown is about: the one that panicked; of a
// deadlock the one that JavaScript has called, which keeps the page, else main's.
func (c *pageCase) guilty(p *evidence.WasmProgram, deadlock bool) *evidence.Goroutine {
	if !deadlock || p.Panic.Goroutine == nil {
		return p.Panic.Goroutine
	}
	all := []*evidence.Goroutine{p.Panic.Goroutine}
	for i := range p.Panic.Others {
		all = append(all, &p.Panic.Others[i])
	}
	for _, called := range []bool{true, false} {
		for _, g := range all {
			if toolkit.UserFrame(g.Frames) >= 0 && (!called || calledByJS(g)) {
				return g
			}
		}
	}
	return p.Panic.Goroutine
}

// trap is an error of WebAssembly's own: the stack is too deep, an instruction
// that cannot be.
func (c *pageCase) trap(p *evidence.WasmProgram) (report.Finding, bool) {
	for i := range c.p.Errors {
		e := &c.p.Errors[i]
		line := firstLine(e.Text)
		inGo := len(e.Frames) > 0 && e.From == "exception"
		if !inGo || !strings.Contains(line, "RuntimeError") && !strings.Contains(line, "Maximum call stack") {
			continue
		}
		f := pageFinding("wasm/panic", report.P0, 0.95, text.T("finding.wasm/panic.title", line))
		if i := toolkit.UserFrame(e.Frames); i >= 0 {
			f.Where = place(c.t, &e.Frames[i], nil)
		}
		f.Why = append(f.Why, text.T("why.page.exception", line, place1(*e)))
		remedy(&f, "page")
		return f, true
	}
	return report.Finding{}, false
}

// exited: a program has ended, and the page goes on.
func (c *pageCase) exited(p *evidence.WasmProgram) (report.Finding, bool) {
	if !p.Exited {
		return report.Finding{}, false
	}
	called := 0
	for _, e := range c.p.Errors {
		if strings.Contains(e.Text, "Go program has already exited") {
			called++
		}
	}
	registered := 0
	if p.Funcs != nil && len(p.Funcs.Looks) > 0 {
		registered = p.Funcs.Looks[len(p.Funcs.Looks)-1].Count
	}
	f := pageFinding("wasm/exited", report.Info, 0.9, text.T("finding.wasm/exited.title.done"))
	switch {
	case called > 0:
		f.Severity, f.Confidence = report.P0, 0.98
		f.Title = text.T("finding.wasm/exited.title.called")
		f.Why = append(f.Why, text.Plural("why.page.called-after", called))
	case p.Code != 0:
		f.Severity, f.Confidence = report.P0, 0.97
		f.Title = text.T("finding.wasm/exited.title.code", p.Code)
	case registered > 0:
		f.Severity, f.Confidence = report.P1, 0.9
		f.Title = text.T("finding.wasm/exited.title.registered")
	}
	if registered > 0 {
		f.Why = append(f.Why, text.Plural("why.page.registered", registered, firstSite(p)))
	}
	f.Why = append(f.Why, text.T("why.page.exit", p.Code))
	if i := toolkit.UserFrame(p.Exit); i >= 0 && p.Exit[i].Origin == evidence.OriginUser {
		f.Where = place(c.t, &p.Exit[i], nil)
	} else if p.Main != nil {
		f.Where = place(c.t, p.Main, nil)
	}
	if f.Severity != report.Info {
		variant := "page"
		if p.Code != 0 {
			variant = "code"
		}
		remedy(&f, variant, p.Code)
	}
	return f, true
}

func firstSite(p *evidence.WasmProgram) string {
	if p.Funcs == nil || len(p.Funcs.Sites) == 0 {
		return "?"
	}
	return p.Funcs.Sites[0].Function
}

func lastSize(p *evidence.WasmProgram) int64 {
	if len(p.Memory) == 0 {
		return 0
	}
	return p.Memory[len(p.Memory)-1].Bytes
}

// webGL: the page asked for it and got none.
func (c *pageCase) webGL() (report.Finding, bool) {
	refused, lost := 0, 0
	got, instead, again := false, false, false
	for _, x := range c.p.Contexts {
		isGL := strings.Contains(x.Type, "webgl")
		switch {
		case x.Lost:
			lost++
			again = false
		case isGL && x.OK:
			got, again = true, true
		case isGL:
			refused++
		case x.OK && refused > 0:
			instead = true
		}
	}
	switch {
	case refused > 0 && !got:
		f := pageFinding("wasm/no-webgl", report.P0, 0.95, text.T("finding.wasm/no-webgl.title"))
		f.Why = append(f.Why, text.Plural("why.page.refused", refused))
		if instead && c.drawn() {
			f.Severity = report.Info
			f.Why = append(f.Why, text.T("why.page.instead"))
		}
		remedy(&f, "page")
		return f, true
	case lost > 0 && !again:
		f := pageFinding("wasm/no-webgl", report.P0, 0.9, text.T("finding.wasm/no-webgl.title.lost"))
		f.Why = append(f.Why, text.Plural("why.page.lost", lost))
		remedy(&f, "lost")
		return f, true
	}
	return report.Finding{}, false
}

func (c *pageCase) drawn() bool {
	for i := range c.p.Programs {
		if p := &c.p.Programs[i]; p.Drawn > 0 && p.Panic == nil && (!p.Exited || p.Code == 0) {
			return true
		}
	}
	return false
}

// Bounds of the rules. A page answers nothing during a task; people notice from a
// tenth of a second on (RAIL, web.dev/articles/rail).
const (
	taskNoticed = 100 * time.Millisecond
	taskOften   = 4 // times in what was watched
	taskLong    = 200 * time.Millisecond
	taskStuck   = time.Second
	taskAtStart = 2 * time.Second // before the page has drawn anything, it may take time
	startUp     = time.Second     // … and that long after the program began
)

// longTask: the user's code keeps the page's thread.
func (c *pageCase) longTask() (report.Finding, bool) {
	run := c.p.FirstRun()
	if run == 0 {
		return report.Finding{}, false
	}
	type work struct {
		share   evidence.TaskShare
		n, long int
		longest evidence.PageTask
		sum     time.Duration
		start   time.Duration // the longest one at the start
	}
	by := map[string]*work{}
	for i := range c.p.Tasks {
		t := &c.p.Tasks[i]
		if t.Worker || t.At+t.Took < run || len(t.Shares) == 0 {
			continue
		}
		s := t.Shares[0]
		// What a busy machine takes from the thread is not the program's.
		took := t.Took
		if t.CPU > 0 {
			took = min(took, t.CPU*5/4)
		}
		part := shareWithRuntime(t)
		mine := time.Duration(float64(took) * part)
		if s.Origin != evidence.OriginUser || part < 0.5 || mine < taskNoticed*8/10 {
			continue
		}
		w := by[s.Function]
		if w == nil {
			w = &work{share: s}
			by[s.Function] = w
		}
		if t.At < run+startUp && !t.Open {
			w.start = max(w.start, mine)
			if mine < taskAtStart {
				continue
			}
		}
		w.n++
		if mine >= taskLong*9/10 {
			w.long++
		}
		w.sum += t.Took
		if t.Took > w.longest.Took {
			w.longest = *t
		}
	}
	var worst *work
	for _, w := range by {
		if w.n > 0 && (worst == nil || w.sum > worst.sum || w.sum == worst.sum && w.share.Function < worst.share.Function) {
			worst = w
		}
	}
	if worst == nil {
		return report.Finding{}, false
	}
	severity := report.P2
	switch l := worst.longest; {
	case l.Open && l.Took >= taskAtStart:
		severity = report.P0
	case l.Took >= taskStuck || worst.long >= 2:
		severity = report.P1
	case worst.long >= 1 || worst.n >= taskOften:
	default:
		return report.Finding{}, false
	}
	key := "finding.wasm/long-task.title"
	if worst.longest.Open {
		key += ".open"
	}
	s := worst.longest.Shares[0]
	s.Share = shareWithRuntime(&worst.longest)
	f := pageFinding("wasm/long-task", severity, min(0.97, 0.6+s.Share*0.4), text.T(key, s.Function, text.Duration(worst.longest.Took)))
	f.Where = place(c.t, &s.Frame, nil)
	f.SinceMS = worst.longest.Took.Milliseconds()
	f.Why = append(f.Why, text.Plural("why.page.tasks", worst.n, text.Duration(worst.longest.Took), text.Percent(s.Share)))
	if s.Doing != "" {
		f.Why = append(f.Why, text.T("why.page.doing", s.Doing))
	}
	if fr := c.p.Frames; fr != nil && fr.Dropped > 0 {
		f.Why = append(f.Why, text.T("why.page.frames", fr.Dropped, fr.Drawn))
	}
	remedy(&f, "page", s.Function)
	return f, true
}

// shareWithRuntime is the share of a task's first function, with its part of what the
// runtime did meanwhile on its own, such as collecting what it allocates.
func shareWithRuntime(t *evidence.PageTask) float64 {
	all := 0.0
	for i := range t.Shares {
		all += t.Shares[i].Share
	}
	if all == 0 {
		return 0
	}
	return max(t.Shares[0].Share, t.Wasm*t.Shares[0].Share/all)
}

// watchedFrom is when the figures of a program count: not while it starts.
func watchedFrom(p *evidence.WasmProgram, took time.Duration) time.Duration {
	return p.Run + (took-p.Run)/4
}

// growth: the linear memory grows and grows. It never shrinks, so a program that
// has what it needs makes it grow no more.
func (c *pageCase) growth(p *evidence.WasmProgram, leaks bool) (report.Finding, bool) {
	if p.Run == 0 || len(p.Memory) < 3 {
		return report.Finding{}, false
	}
	end := c.p.Took
	if p.Exited {
		end = p.ExitAt
	}
	from := watchedFrom(p, end)
	if end-from < time.Second {
		return report.Finding{}, false
	}
	size := func(at time.Duration) int64 {
		n := p.Memory[0].Bytes
		for _, m := range p.Memory {
			if m.At <= at {
				n = m.Bytes
			}
		}
		return n
	}
	const parts = 3
	begin, last := size(from), size(end)
	for i := range time.Duration(parts) {
		a, b := size(from+(end-from)*i/parts), size(from+(end-from)*(i+1)/parts)
		if b-a < (last-begin)/20 || b <= a {
			return report.Finding{}, false
		}
	}
	grown := last - begin
	if grown < 2<<20 || float64(grown) < 0.15*float64(begin) {
		return report.Finding{}, false
	}
	if leaks && p.Funcs != nil {
		n := len(p.Funcs.Looks)
		if more := p.Funcs.Looks[n-1].Count - p.Funcs.Looks[0].Count; grown < int64(more)*2000 {
			return report.Finding{}, false // the callbacks explain it
		}
	}
	perMinute := int64(float64(grown) / (end - from).Minutes())
	f := pageFinding("wasm/memory-growth", report.P2, 0.85, text.T("finding.wasm/memory-growth.title", text.Bytes(begin), text.Bytes(last)))
	if perMinute > 60<<20 || last > 512<<20 {
		f.Severity = report.P1
	}
	f.Why = append(f.Why, text.T("why.page.growth", text.Bytes(grown), text.Duration(end-from), text.Bytes(perMinute)))
	if frame, share := c.grower(p, from); frame != nil {
		f.Where = place(c.t, frame, nil)
		f.Why = append(f.Why, text.T("why.page.grower", frame.Function, text.Percent(share)))
	}
	remedy(&f, "page")
	return f, true
}

// grower is the user's function that most of the growth happened in.
func (c *pageCase) grower(p *evidence.WasmProgram, from time.Duration) (*evidence.Frame, float64) {
	bytes := map[string]int64{}
	frames := map[string]*evidence.Frame{}
	var all int64
	for i := 1; i < len(p.Memory); i++ {
		m := &p.Memory[i]
		if m.At < from {
			continue
		}
		more := m.Bytes - p.Memory[i-1].Bytes
		all += more
		if j := toolkit.UserFrame(m.Frames); j >= 0 {
			f := &m.Frames[j]
			bytes[f.Function] += more
			frames[f.Function] = f
		}
	}
	best := ""
	for name, n := range bytes {
		if best == "" || n > bytes[best] || n == bytes[best] && name < best {
			best = name
		}
	}
	if best == "" || all == 0 || float64(bytes[best]) < 0.2*float64(all) {
		return nil, 0
	}
	return frames[best], float64(bytes[best]) / float64(all)
}

// Callbacks that a program makes without end: more of them at each look.
const (
	funcsMore  = 12   // in all
	funcsEach  = 4    // from one look to the next
	funcsMany  = 1000 // enough for the page to suffer soon
	funcsLooks = 3
)

// funcLeak: js.FuncOf without Release.
func (c *pageCase) funcLeak(p *evidence.WasmProgram) (report.Finding, bool) {
	if p.Funcs == nil || len(p.Funcs.Looks) < funcsLooks {
		return report.Finding{}, false
	}
	var sites []evidence.WasmFuncsAt
	more := 0
	for _, s := range p.Funcs.Sites {
		n := len(s.Counts)
		if n < funcsLooks || s.Counts[n-1]-s.Counts[0] < funcsMore {
			continue
		}
		steady := true
		for i := 1; i < n; i++ {
			steady = steady && s.Counts[i]-s.Counts[i-1] >= funcsEach
		}
		if steady {
			sites = append(sites, s)
			more += s.Counts[n-1] - s.Counts[0]
		}
	}
	if len(sites) == 0 {
		return report.Finding{}, false
	}
	slices.SortFunc(sites, func(a, b evidence.WasmFuncsAt) int {
		n := len(a.Counts)
		return cmp.Or(cmp.Compare(b.Counts[n-1]-b.Counts[0], a.Counts[n-1]-a.Counts[0]), cmp.Compare(a.Function, b.Function))
	})
	s := &sites[0]
	n := len(s.Counts)
	took := p.Funcs.Looks[n-1].At - p.Funcs.Looks[0].At
	f := pageFinding("wasm/func-leak", report.P2, 0.95, text.T("finding.wasm/func-leak.title", s.Function, s.Counts[n-1]))
	if perMinute := float64(more) / max(took.Minutes(), 1e-3); perMinute > funcsMany {
		f.Severity = report.P1
	}
	f.Where = place(c.t, &s.Frame, nil)
	f.Why = append(f.Why, text.T("why.page.funcs", s.Counts[0], s.Counts[n-1], text.Duration(took)))
	for _, other := range sites[1:min(len(sites), 4)] {
		f.Why = append(f.Why, text.T("why.page.funcs-too", other.Function, other.Counts[0], other.Counts[n-1]))
	}
	remedy(&f, "page")
	return f, true
}
