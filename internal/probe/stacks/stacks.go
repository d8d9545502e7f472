// Package stacks is the probe behind the freeze family: it watches the UI
// goroutines of a live program for a while, reads all goroutines at the end, and
// finds out who holds what the UI waits for.
//
// It reads while the program runs; a thread is stopped, for the time of copying
// its registers and stack, only where a UI goroutine is executing. It needs the
// right to read the target's memory (the same user, or CAP_SYS_PTRACE). It
// gathers, and does not judge: that is the room diagnose. Start at [Run].
package stacks

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Name is the probe's name in reports.
const Name = "stacks"

// Target is a live program, recognised.
type Target struct {
	Process  *proc.Process          // nil for a core or heap file
	Threads  map[int]proc.Registers // at the moment of that file, or of a snapshot
	Vectors  []uint64               // and the words of their vector registers, where known
	Program  *gort.Program
	Evidence *evidence.Target
	Toolkit  *toolkit.Toolkit // nil: none
}

// Options say how long and how.
type Options struct {
	For      time.Duration // how long the UI is watched
	Interval time.Duration // between samples of the UI, on average; 0: 10 ms
	NoStop   bool          // never stop a thread: running goroutines have no stack then
	NoTrace  bool          // do not look for who holds what: for the list of processes
	Progress func(done float64, goroutines int)
}

// Result is what the probe found and what it cost.
type Result struct {
	Freeze evidence.Freeze
	Probe  report.Probe
	Limits []report.Limit
}

// Core explains one moment: the one at which the core or heap file was made.
func Core(t Target) (*Result, error) {
	start := time.Now()
	s, err := t.Program.Goroutines(gort.Options{Registers: t.Threads})
	if err != nil {
		return nil, err
	}
	sortByID(s.Goroutines)
	conv := newConverter(t.Program, t.Evidence)
	f := evidence.Freeze{FromDump: true, Goroutines: make([]evidence.Goroutine, len(s.Goroutines))}
	for i, g := range s.Goroutines {
		f.Goroutines[i] = conv.goroutine(g)
	}
	f.UI = findUI(t, f.Goroutines, t.Evidence.PID)
	newWindows(t.Program, t.Toolkit).closed(f.UI, s.Goroutines, f.Goroutines)
	f.Holds = explain(t, &f, s)
	f.Sched.GOMAXPROCS = t.Program.GOMAXPROCS()
	return &Result{Freeze: f, Probe: report.Probe{Name: Name, TookMS: ms(time.Since(start))}}, nil
}

// Dump completes the evidence of a goroutine dump with what the toolkit says:
// which goroutines run the UI, and who waits for them.
func Dump(ev *evidence.Evidence) {
	f := ev.Freeze
	if f == nil {
		return
	}
	tk := recogniseDump(ev)
	f.UI = toolkit.FindUI(tk, f.Goroutines, 0)
	for i := range f.Goroutines {
		g := &f.Goroutines[i]
		role, ok := toolkit.WaitsForUI(tk, g)
		if !ok {
			continue
		}
		for _, u := range f.UI {
			if u.Role == role && u.Goroutine != g.ID {
				f.Holds = append(f.Holds, evidence.Hold{Waiter: g.ID, Holder: u.Goroutine,
					Object: evidence.Object{Kind: "ui", Note: string(role)}, Frame: -1,
					Confidence: 0.95, Reasons: []string{evidence.HoldRunsCallback}})
			}
		}
	}
}

// recogniseDump finds the toolkit by the packages and source paths on the stacks,
// and says whose code each frame is.
func recogniseDump(ev *evidence.Evidence) *toolkit.Toolkit {
	packages := map[string]bool{}
	versions := map[string]string{}
	each := func(visit func(f *evidence.Frame)) {
		for i := range ev.Freeze.Goroutines {
			g := &ev.Freeze.Goroutines[i]
			for j := range g.Frames {
				visit(&g.Frames[j])
			}
			if g.Created != nil {
				visit(g.Created)
			}
		}
	}
	each(func(f *evidence.Frame) {
		if f.Package == "" {
			f.Package = toolkit.PackageOf(f.Function)
		}
		packages[f.Package] = true
		if before, after, ok := strings.Cut(f.File, "@v"); ok {
			v, _, _ := strings.Cut(after, "/")
			versions[before] = "v" + v
		}
	})
	version := func(module string) string {
		for path, v := range versions {
			if path == module || strings.HasSuffix(path, "/"+module) {
				return v
			}
		}
		return ""
	}
	tk := toolkit.ByName(ev.Target.Toolkit)
	if found, v := toolkit.Recognise(ev.Target.Modules, func(p string) bool { return packages[p] }, version); found != nil {
		tk, ev.Target.Toolkit, ev.Target.ToolkitVersion = found, found.Name, v
	}
	each(func(f *evidence.Frame) {
		if f.Origin == "" || f.Origin == evidence.OriginDependency || f.Origin == evidence.OriginToolkit {
			f.Origin = toolkit.OriginOf(&ev.Target, f.Package, f.File)
		}
	})
	return tk
}

// findUI finds the goroutines of the UI, looking into the code of the user's
// functions where the loop is the user's own.
func findUI(t Target, gs []evidence.Goroutine, mainTID int) []evidence.UIGoroutine {
	calls := func(f evidence.Frame, callees []toolkit.Func, handed bool) bool {
		fn, ok := t.Program.FindFunc(f.PC)
		match := func(name string) bool { return toolkit.Among(callees, name) }
		if handed {
			return ok && t.Program.MakesAny(fn, match)
		}
		return ok && t.Program.CallsAny(fn, match)
	}
	return toolkit.FindUICalls(t.Toolkit, gs, mainTID, calls)
}

// explain finds what the UI waits for. Without a UI it explains every wait for a
// lock.
func explain(t Target, f *evidence.Freeze, s *gort.Snapshot) []evidence.Hold {
	tr := &tracer{prog: t.Program, tk: t.Toolkit, gs: s.Goroutines, ev: f.Goroutines, ui: f.UI,
		at: make(map[uint64]int, len(s.Goroutines)), waits: map[uint64][]gort.Wait{}}
	t.Program.ForgetHeap()
	tr.idle = map[uint64]bool{}
	for i, g := range s.Goroutines {
		tr.at[g.ID] = i
	}
	for _, u := range f.UI {
		if i, ok := tr.at[u.Goroutine]; ok && (u.Closed || toolkit.ActivityOf(t.Toolkit, u.Role, &f.Goroutines[i]) == evidence.Idle) {
			tr.idle[u.Goroutine] = true
		}
	}
	var ids []uint64
	for _, u := range f.UI {
		ids = append(ids, u.Goroutine)
	}
	if !slices.ContainsFunc(f.UI, func(u evidence.UIGoroutine) bool { return u.Loop != "" }) {
		ids = append(ids, tr.lockWaiters()...)
	}
	return tr.trace(ids)
}

// holdersOf says who holds, or can serve, what one goroutine waits for.
func holdersOf(t Target, s *gort.Snapshot, gs []evidence.Goroutine, ui []evidence.UIGoroutine, id uint64) []evidence.Hold {
	tr := &tracer{prog: t.Program, tk: t.Toolkit, gs: s.Goroutines, ev: gs, ui: ui,
		at: make(map[uint64]int, len(gs)), waits: map[uint64][]gort.Wait{}, idle: map[uint64]bool{}}
	t.Program.ForgetHeap()
	for i, g := range s.Goroutines {
		tr.at[g.ID] = i
	}
	return tr.trace([]uint64{id})
}

func sortByID(gs []*gort.Goroutine) {
	slices.SortFunc(gs, func(a, b *gort.Goroutine) int { return cmp.Compare(a.ID, b.ID) })
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// lockWaiters returns goroutines that wait for locks or channels, two for each.
func (t *tracer) lockWaiters() []uint64 {
	seen := map[uint64]int{}
	var ids []uint64
	for i, g := range t.gs {
		if t.ev[i].System || !strings.HasPrefix(g.WaitReason, "sync.") && g.WaitReason != "semacquire" &&
			!strings.HasPrefix(g.WaitReason, "chan ") {
			continue
		}
		for _, w := range t.waitsOf(g) {
			if seen[w.Addr]++; seen[w.Addr] <= 2 && w.Addr != 0 {
				ids = append(ids, g.ID)
				break
			}
		}
		if len(ids) >= maxTraced {
			break
		}
	}
	return ids
}
