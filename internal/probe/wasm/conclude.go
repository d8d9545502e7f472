package wasm

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// conclude ends the browser's records and makes evidence of all.
func (w *watcher) conclude(ctx context.Context) (*Result, error) {
	w.o.Progress("cli.progress.wasm.read", 0, 0)
	w.endTrace(ctx)
	title := w.title(ctx)
	res := &Result{Copies: w.copies}
	r := w.rec
	r.mu.Lock()
	defer r.mu.Unlock()
	page := &r.page
	page.URL, page.Title, page.Browser, page.Up = clip(withoutUser(w.o.URL)), title, clip(w.page.Product), w.page.Up
	if r.wall != 0 {
		res.base = time.UnixMicro(int64(r.wall * 1e6))
	}
	page.Took = r.since(float64(time.Now().UnixNano()) / 1e6)
	r.gather()
	w.known(res)
	names := w.names(res)
	for key, p := range r.programs {
		w.program(key, p, names, &res.Target)
	}
	w.looked(names)
	r.programsOf()
	for i := range page.Errors {
		if e := &page.Errors[i]; e.From == "exception" {
			e.Frames = names.ofStack(e.Text)
		}
	}
	w.heads()
	if r.mono != 0 && w.traces {
		offset := func(us int64) time.Duration { return r.at(float64(us) / 1e6) }
		page.Tasks = r.trace.longTasks(offset, names)
		if run := page.FirstRun(); run > 0 {
			from := int64(r.mono*1e6) + run.Microseconds()
			page.Frames = r.trace.drawn(from, r.trace.end, offset)
		}
	}
	res.Page = *page
	res.Limits = append(res.Limits, w.limits()...)
	probe := report.Probe{Name: "page", TookMS: float64(time.Since(w.began).Microseconds()) / 1000, Stops: len(w.held)}
	for _, h := range w.held {
		ms := float64(h.Microseconds()) / 1000
		probe.StoppedMS += ms
		probe.MaxStopMS = max(probe.MaxStopMS, ms)
	}
	res.Probes = []report.Probe{probe}
	return res, nil
}

// heads looks at what the server gives instead of a module where the browser took
// the answer for none.
func (w *watcher) heads() {
	for i := range w.rec.page.Calls {
		c := &w.rec.page.Calls[i]
		if !c.Failed || c.Head != "" {
			continue
		}
		for j := range w.rec.page.Requests {
			q := &w.rec.page.Requests[j]
			if q.Status == 200 && q.Head == "" && (c.URL != "" && q.URL == c.URL || c.URL == "" && q.Role == evidence.RoleModule) {
				if b, err := w.fetch(q.URL, 16); err == nil {
					q.Head = hex.EncodeToString(b)
				}
			}
		}
	}
}

func (w *watcher) endTrace(ctx context.Context) {
	if !w.traces {
		return
	}
	end, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if w.page.Call(end, "Tracing.end", nil, nil) != nil {
		return
	}
	select {
	case <-w.rec.traced:
	case <-w.page.Done():
	case <-end.Done():
	}
}

func (w *watcher) title(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var m struct{ TargetInfo struct{ Title string } }
	w.page.conn.Call(ctx, "", "Target.getTargetInfo", map[string]any{"targetId": w.page.target}, &m)
	return clip(m.TargetInfo.Title)
}

// gather puts the requests and calls into the page, by their time.
func (r *recorder) gather() {
	r.page.Requests, r.page.Calls = nil, nil
	for _, q := range r.requests {
		r.page.Requests = append(r.page.Requests, *q)
	}
	for _, c := range r.calls {
		r.page.Calls = append(r.page.Calls, *c)
	}
	for i := range r.page.Calls {
		c := &r.page.Calls[i]
		for j := range r.page.Requests {
			if q := &r.page.Requests[j]; c.URL != "" && q.URL == c.URL && q.Role == "" {
				q.Role = evidence.RoleModule
			}
		}
	}
	slices.SortFunc(r.page.Requests, func(a, b evidence.PageRequest) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.URL, b.URL))
	})
	slices.SortFunc(r.page.Calls, func(a, b evidence.WasmCall) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Realm, b.Realm), cmp.Compare(a.ID, b.ID))
	})
}

func (r *recorder) programsOf() {
	r.page.Programs = nil
	for _, p := range r.programs {
		r.page.Programs = append(r.page.Programs, *p)
	}
	sort.SliceStable(r.page.Programs, func(i, j int) bool { return r.page.Programs[i].At < r.page.Programs[j].At })
}

// known says which program this is, as far as its memory tells.
func (w *watcher) known(res *Result) {
	res.Target = evidence.Target{Kind: evidence.KindPage, Arch: "wasm"}
	if w.mem != nil {
		if t, err := attach.Page(w.mem); err == nil {
			res.Target = t.ID
		} else {
			res.Limits = append(res.Limits, report.Limit{Probe: "page", Why: text.T("limit.wasm.runtime", err.Error()), Help: text.T("limit.wasm.runtime.help")})
		}
	}
	res.Target.Name = clip(cmp.Or(w.rec.page.Title, withoutUser(w.o.URL)))
	res.Target.Exe = ""
}

// names reads the functions of the program: of its memory, else of the module as
// the server gives it.
func (w *watcher) names(res *Result) *names {
	imports := 0
	for _, p := range w.rec.programs {
		if p.Kind == evidence.ProgramGo {
			imports = w.rec.imports[p.Realm+"#"+itoa(p.Call)]
		}
	}
	mem := w.mem
	if mem == nil {
		mem, imports = w.image()
	}
	if mem != nil {
		if funcs, err := gort.WasmFunctions(mem); err == nil {
			return newNames(&res.Target, funcs, imports)
		}
	}
	return newNames(&res.Target, nil, 0)
}

// program completes what is known of one program.
func (w *watcher) program(key string, p *evidence.WasmProgram, n *names, t *evidence.Target) {
	if p.Kind == evidence.ProgramGo {
		p.Go, p.Stripped, p.Module = t.Go, t.Stripped, t.MainModule
	}
	if p.Stderr == "" {
		session, _, _ := strings.Cut(p.Realm, "/")
		if c := w.rec.console[session]; c != nil && p.Kind != evidence.ProgramOther {
			p.Stderr = strings.ToValidUTF8(string(c.buf), "\uFFFD")
		}
	}
	p.Panic = panicIn(p.Stderr, t)
	p.Exit = n.ofStack(w.rec.exits[key])
	if f, ok := n.mangle["main.main"]; ok && p.Kind == evidence.ProgramGo {
		p.Main = &f
	}
	for i, stack := range w.rec.stacks[key] {
		if i < len(p.Memory) && stack != "" {
			p.Memory[i].Frames = beyondRuntime(n.ofStack(stack))
		}
	}
}

// beyondRuntime leaves out the allocator's own frames at the beginning of a stack.
func beyondRuntime(frames []evidence.Frame) []evidence.Frame {
	i := slices.IndexFunc(frames, func(f evidence.Frame) bool { return f.Origin != evidence.OriginRuntime })
	if i < 0 {
		return nil
	}
	return frames[i:min(len(frames), i+16)]
}

// looked puts the counts of callbacks to the program whose memory was read.
func (w *watcher) looked(n *names) {
	if w.mem == nil {
		return
	}
	funcs, err := gort.WasmFunctions(w.mem)
	if err != nil {
		return
	}
	var last *evidence.WasmProgram
	for _, p := range w.rec.programs {
		if p.Kind == evidence.ProgramGo && (last == nil || p.At > last.At) {
			last = p
		}
	}
	if last == nil {
		return
	}
	last.Funcs = &evidence.WasmFuncs{}
	for _, l := range w.looks {
		countFuncs(last.Funcs, evidence.WasmFuncsLook{At: l.at}, l.found, n, funcs)
	}
	last.Funcs.Sites = last.Funcs.Sites[:min(len(last.Funcs.Sites), 200)]
}

func (w *watcher) limits() (out []report.Limit) {
	limit := func(key string, args ...any) {
		out = append(out, report.Limit{Probe: "page", Why: text.T("limit.wasm."+key, args...), Help: text.T("limit.wasm." + key + ".help")})
	}
	running := w.rec.page.FirstRun() > 0
	switch {
	case w.memErr == nil:
	case errors.Is(w.memErr, ErrNoGo):
	case errors.Is(w.memErr, ErrPageBusy):
		limit("busy")
	case running:
		limit("memory", w.memErr.Error())
	}
	if n := len(w.copies); n > 0 && w.copies[n-1].Moved && running {
		out = append(out, report.Limit{Probe: "page", Why: text.T("limit.page-moved.why"), Help: text.T("limit.page-moved.help")})
	}
	if !w.traces {
		limit("trace")
	}
	if n := w.page.Dropped(); n > 0 {
		limit("dropped", n)
	}
	if w.rec.page.Attached {
		limit("attached")
	}
	return out
}
