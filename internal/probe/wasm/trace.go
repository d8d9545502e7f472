package wasm

import (
	"encoding/json"
	"slices"
	"sort"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// traceCategories are what the browser is asked to tell: the tasks of its threads,
// the frames, and samples of what V8 runs, each by its own records. (Chromium 148;
// the names are those of its tracing, not of a protocol.)
var traceCategories = []string{
	"-*", "devtools.timeline", "disabled-by-default-devtools.timeline",
	"disabled-by-default-devtools.timeline.frame", "disabled-by-default-v8.cpu_profiler",
}

// Bounds of a trace: what a page of 60 frames a second says in ten minutes.
const (
	maxTraceTasks   = 100_000
	maxTraceFrames  = 200_000
	maxTraceSamples = 4_000_000
	maxTraceNodes   = 200_000
)

const (
	longTask   = 50 * time.Millisecond // what browsers call long
	maxTasks   = 200
	maxShares  = 5
	maxProfile = 64 // threads
)

// trace is what is kept of the browser's trace until the end. Times are
// microseconds of the browser's clock.
type trace struct {
	threads  map[thread]string // their names
	tasks    []task
	frames   []frameEvent
	profiles map[profileID]*profile
	pid      int // of the process that shows the page
	first    int64
	end      int64
	records  int
}

type thread struct{ pid, tid int }

type task struct {
	thread
	ts, dur, cpu int64
	open         bool
}

type frameEvent struct {
	pid  int
	ts   int64
	kind byte // D drawn, X dropped, + wanted, - not wanted
}

type profileID struct {
	pid int
	id  string
}

type profile struct {
	thread
	start, now int64
	nodes      map[int]node
	samples    []sample
}

type node struct {
	parent   int
	function string
	url      string
	wasm     bool
}

type sample struct {
	ts   int64
	node int32
}

func newTrace() *trace {
	return &trace{threads: map[thread]string{}, profiles: map[profileID]*profile{}}
}

// tracing takes the records when the trace ends.
func (r *recorder) tracing(e cdp.Event) {
	switch e.Method {
	case "Tracing.dataCollected":
		var m struct{ Value []json.RawMessage }
		if json.Unmarshal(e.Params, &m) == nil {
			for _, v := range m.Value {
				r.trace.record(v, r.frame)
			}
		}
	case "Tracing.tracingComplete":
		select {
		case <-r.traced:
		default:
			close(r.traced)
		}
	}
}

func (t *trace) record(raw json.RawMessage, frame string) {
	var e struct {
		Name string
		Ph   string
		PID  int
		TID  int
		TS   int64
		Dur  int64
		TDur int64
		ID   string
		Args json.RawMessage
	}
	if json.Unmarshal(raw, &e) != nil {
		return
	}
	t.records++
	at := thread{e.PID, e.TID}
	if e.TS > 0 {
		t.end = max(t.end, e.TS+e.Dur)
		if t.first == 0 || e.TS < t.first {
			t.first = e.TS
		}
	}
	switch e.Name {
	case "RunTask":
		switch {
		case len(t.tasks) >= maxTraceTasks:
		case e.Ph == "X" && e.Dur >= longTask.Microseconds():
			t.tasks = append(t.tasks, task{thread: at, ts: e.TS, dur: e.Dur, cpu: e.TDur})
		case e.Ph == "B": // its end was not seen
			t.tasks = append(t.tasks, task{thread: at, ts: e.TS, open: true})
		}
	case "DrawFrame":
		t.frame(frameEvent{e.PID, e.TS, 'D'})
	case "DroppedFrame":
		t.frame(frameEvent{e.PID, e.TS, 'X'})
	case "NeedsBeginFrameChanged":
		var a struct{ Data struct{ NeedsBeginFrame int } }
		kind := byte('-')
		if json.Unmarshal(e.Args, &a) == nil && a.Data.NeedsBeginFrame != 0 {
			kind = '+'
		}
		t.frame(frameEvent{e.PID, e.TS, kind})
	case "thread_name":
		var a struct{ Name string }
		if json.Unmarshal(e.Args, &a) == nil && len(t.threads) < 10_000 {
			t.threads[at] = a.Name
		}
	case "FrameCommittedInBrowser", "TracingStartedInBrowser":
		t.shows(e.Args, frame)
	case "Profile", "ProfileChunk":
		t.profile(profileID{e.PID, e.ID}, at, e.Name, e.Args)
	}
}

func (t *trace) frame(f frameEvent) {
	if len(t.frames) < maxTraceFrames {
		t.frames = append(t.frames, f)
	}
}

// shows learns which process shows the page; the last one counts.
func (t *trace) shows(args json.RawMessage, frame string) {
	type one struct {
		Frame     string
		ProcessID int
	}
	var a struct {
		Data struct {
			one
			Frames []one
		}
	}
	if json.Unmarshal(args, &a) != nil {
		return
	}
	for _, f := range append(a.Data.Frames, a.Data.one) {
		if f.Frame == frame && f.ProcessID != 0 {
			t.pid = f.ProcessID
		}
	}
}

func (t *trace) profile(id profileID, at thread, name string, args json.RawMessage) {
	p := t.profiles[id]
	if p == nil {
		if len(t.profiles) >= maxProfile {
			return
		}
		p = &profile{nodes: map[int]node{}}
		t.profiles[id] = p
	}
	var a struct {
		Data struct {
			StartTime  int64
			TimeDeltas []int64
			CPUProfile struct {
				Samples []int
				Nodes   []struct {
					ID, Parent int
					CallFrame  struct{ FunctionName, URL, CodeType string }
				}
			}
		}
	}
	if json.Unmarshal(args, &a) != nil {
		return
	}
	if name == "Profile" {
		p.thread, p.start, p.now = at, a.Data.StartTime, a.Data.StartTime
		return
	}
	for _, n := range a.Data.CPUProfile.Nodes {
		if len(p.nodes) < maxTraceNodes {
			p.nodes[n.ID] = node{n.Parent, n.CallFrame.FunctionName, n.CallFrame.URL, n.CallFrame.CodeType == "wasm"}
		}
	}
	for i, n := range a.Data.CPUProfile.Samples {
		if i >= len(a.Data.TimeDeltas) || len(p.samples) >= maxTraceSamples {
			break
		}
		p.now += a.Data.TimeDeltas[i]
		t.end = max(t.end, p.now)
		p.samples = append(p.samples, sample{p.now, int32(n)})
	}
}

// stack returns the functions of a sample, innermost first.
func (p *profile) stack(id int) []node {
	var out []node
	for len(out) < 256 {
		n, ok := p.nodes[id]
		if !ok {
			break
		}
		out = append(out, n)
		if n.parent == id {
			break
		}
		id = n.parent
	}
	return out
}

// isMain reports whether a thread is the one that runs the page.
func (t *trace) isMain(at thread) bool {
	return (t.pid == 0 || at.pid == t.pid) && t.threads[at] == "CrRendererMain"
}

// longTasks makes evidence of the tasks of the page's thread, and of its workers.
func (t *trace) longTasks(offset func(us int64) time.Duration, names *names) []evidence.PageTask {
	byThread := map[thread]*profile{}
	for _, p := range t.profiles {
		slices.SortFunc(p.samples, func(a, b sample) int { return int(a.ts - b.ts) })
		if q := byThread[p.thread]; q == nil || len(q.samples) < len(p.samples) {
			byThread[p.thread] = p
		}
	}
	var out []evidence.PageTask
	for _, k := range t.tasks {
		worker := t.threads[k.thread] == "DedicatedWorker thread"
		if !t.isMain(k.thread) && !(worker && (t.pid == 0 || k.pid == t.pid)) {
			continue
		}
		if k.open {
			k.dur = t.end - k.ts
			if k.dur < longTask.Microseconds() {
				continue
			}
		}
		e := evidence.PageTask{
			At: offset(k.ts), Took: time.Duration(k.dur) * time.Microsecond,
			CPU: time.Duration(k.cpu) * time.Microsecond, Worker: worker, Open: k.open,
		}
		if p := byThread[k.thread]; p != nil {
			names.shares(&e, p, k.ts, k.ts+k.dur)
		}
		out = append(out, e)
	}
	// The longest matter; they are kept in the order of time.
	sort.SliceStable(out, func(i, j int) bool { return out[i].Took > out[j].Took })
	out = out[:min(len(out), maxTasks)]
	sort.SliceStable(out, func(i, j int) bool { return out[i].At < out[j].At })
	return out
}

// drawn makes evidence of the frames between two times.
func (t *trace) drawn(from, to int64, offset func(us int64) time.Duration) *evidence.PageFrames {
	events := slices.DeleteFunc(slices.Clone(t.frames), func(f frameEvent) bool {
		return t.pid != 0 && f.pid != t.pid || f.ts < from || f.ts > to
	})
	slices.SortStableFunc(events, func(a, b frameEvent) int { return int(a.ts - b.ts) })
	f := &evidence.PageFrames{From: offset(from), To: offset(to)}
	var last, wanted, since int64
	var gaps []int64
	wants := true
	since = from
	for _, e := range events {
		switch e.kind {
		case 'D':
			f.Drawn++
			if last != 0 {
				gaps = append(gaps, e.ts-last)
			}
			last = e.ts
		case 'X':
			f.Dropped++
		case '+':
			if !wants {
				wants, since, last = true, e.ts, 0
			}
		case '-':
			if wants {
				wants, last = false, 0
				wanted += e.ts - since
			}
		}
	}
	if wants {
		wanted += to - since
	}
	if len(gaps) == 0 {
		return f
	}
	slices.Sort(gaps)
	usual := gaps[len(gaps)/2]
	var sum int64
	for _, g := range gaps {
		sum += g
		if g > 2*usual {
			f.Late++
		}
	}
	f.Longest = time.Duration(gaps[len(gaps)-1]) * time.Microsecond
	if sum > 0 {
		f.Rate = float64(len(gaps)) / (float64(sum) / 1e6)
	}
	return f
}
