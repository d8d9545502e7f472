package frames

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/frames/bpf"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// attach puts the probes in place. An error means that there are none.
func (w *watcher) attach() error {
	if w.o.NoProbes {
		return errNotAsked
	}
	p := w.t.Program
	l := bpf.Layout{Quiet: w.asm.least()}
	if w.o.Quick {
		l.Quiet = time.Hour
	}
	text := p.TextRange()
	l.TextLo, l.TextHi = text.Lo, text.Hi
	for _, f := range []struct {
		dst       *uint32
		st, field string
	}{
		{&l.GoID, "runtime.g", "goid"}, {&l.M, "runtime.g", "m"}, {&l.SyscallPC, "runtime.g", "syscallpc"},
		{&l.SyscallSP, "runtime.g", "syscallsp"}, {&l.SyscallBP, "runtime.g", "syscallbp"}, {&l.CurG, "runtime.m", "curg"},
	} {
		off, ok := p.Offset(f.st, f.field)
		if !ok {
			return &missingError{f.st + "." + f.field}
		}
		*f.dst = uint32(off)
	}
	if sp, ok := p.Offset("runtime.m", "vdsoSP"); ok {
		if pc, ok := p.Offset("runtime.m", "vdsoPC"); ok {
			l.VdsoSP, l.VdsoPC = uint32(sp), uint32(pc)
		}
	}
	found, missing := places(p, w.t.Toolkit, w.loops(), w.o.Quick)
	if len(missing) > 0 {
		w.limit("frames-absent", []any{missing[0], len(missing)}, nil)
	}
	frame := false
	var sites []bpf.Site
	for _, pl := range found {
		off, ok := p.FileOffset(pl.addr)
		if !ok {
			continue
		}
		frame = frame || slices.ContainsFunc(pl.turns, func(t toolkit.Turn) bool { return t.Frame || t.Pass })
		sites = append(sites, bpf.Site{Addr: pl.addr, Offset: off, Flags: pl.flags()})
		w.places[pl.addr] = pl
	}
	if !frame {
		return errNoFrames
	}
	w.base = monotonic() // what came before was no watching
	probes, err := bpf.Load(w.t.Process.ExePath(), w.t.Process.PID, l, sites)
	if err != nil {
		return err
	}
	w.probes = probes
	if probes.SchedBy != nil && !w.o.Quick {
		w.limit("frames-sched", []any{probes.SchedBy.Error()}, nil)
	}
	for _, u := range w.ui {
		w.isUI(u.Goroutine)
	}
	w.followThreads()
	return nil
}

// followThreads asks for the scheduling of all threads that the UI is bound to.
func (w *watcher) followThreads() {
	if w.read.Threads != nil || w.o.Quick {
		return // in another PID namespace: the kernel counts otherwise
	}
	for _, u := range w.ui {
		g, err := w.t.Program.Sample(w.addrs[u.Goroutine], w.read)
		if err != nil || g.ID != u.Goroutine {
			continue
		}
		tid := max(g.TID, g.LockedTID)
		if tid != 0 && w.probes.Watch(tid, g.ID, g.Addr) == nil {
			t := w.thread(tid)
			t.goroutine, t.kernel = g.ID, tid
		}
	}
}

// followAll asks for the scheduling of every thread, where the cgroup has a quota:
// when it is used up all threads stand, and the UI may wait for any of them.
func (w *watcher) followAll() {
	if w.probes == nil || w.read.Threads != nil || w.o.Quick || w.host == nil || w.host.first.Quota == 0 ||
		w.followed > 0 && w.now()-w.followed < time.Second {
		return
	}
	w.followed = w.now()
	tids, err := w.t.Process.Threads()
	if err != nil {
		return
	}
	for _, tid := range tids {
		if w.times[tid] == nil && w.probes.Watch(tid, 0, 0) == nil {
			w.thread(tid).kernel = tid
		}
	}
}

// isUI tells the probes that a goroutine is the UI's.
func (w *watcher) isUI(goid uint64) {
	if !w.goids[goid] && w.probes.SetUI(goid) == nil {
		w.goids[goid] = true
	}
}

func (pl *place) flags() bpf.Flags {
	var f bpf.Flags
	for _, t := range pl.turns {
		if t.Busy {
			f = f&^bpf.Idle | bpf.Busy
		}
		if t.Idle {
			f = f&^bpf.Busy | bpf.Idle
		}
		if t.Frame || t.Pass {
			f |= bpf.Frame
		}
	}
	if f&bpf.Idle != 0 {
		f &^= bpf.Frame
	}
	switch {
	case pl.foreign != "":
		return bpf.Foreign
	case pl.world != notWorld:
		return bpf.Quiet
	}
	return f
}

// events takes what the probes have seen since the last time.
func (w *watcher) events() error {
	w.batch = w.batch[:0]
	err := w.probes.Read(func(e *bpf.Event) { w.batch = append(w.batch, *e) })
	slices.SortStableFunc(w.batch, func(a, b bpf.Event) int { return cmp.Compare(a.At, b.At) })
	for i := range w.batch {
		w.event(&w.batch[i])
	}
	return err
}

func (w *watcher) event(e *bpf.Event) {
	at := time.Duration(e.At - w.base)
	tid := w.local(e)
	switch e.Kind {
	case bpf.Hit:
		pl := w.places[e.IP]
		if pl == nil {
			return
		}
		if pl.world != notWorld {
			w.passWorld(at, pl.world)
			return
		}
		w.asm.pass(at, e.GoID, e.G, tid, pl.turns)
		w.addrs[e.GoID] = e.G
		if pl.flags()&(bpf.Idle|bpf.Busy|bpf.Frame) != 0 {
			t := w.thread(tid)
			if t.goroutine, t.kernel = e.GoID, e.TID; !w.o.Quick {
				w.isUI(e.GoID)
				t.clock = true
			}
		}
	case bpf.Call:
		if pl := w.places[e.IP]; pl != nil {
			w.foreignCall(e, pl)
		}
	case bpf.Sample:
		w.sampled(at, tid, e)
	case bpf.Away:
		if t := w.thread(tid); at >= t.left { // else a later absence is known already
			w.away(t, e.Away)
			t.in(at)
		}
	}
}

// away takes a thread's absence from the CPU into account, which may be known in
// part.
func (w *watcher) away(t *threadTime, a bpf.Absence) {
	if out := time.Duration(a.Out - w.base); a.Out != 0 && out > t.left {
		t.left = out
		t.out(out, a.Ready, a.Own)
	}
	if woken := time.Duration(a.Woken - w.base); a.Woken != 0 && woken > t.left {
		t.wake(woken)
	}
}

// absent asks which of the UI's threads are away from the CPU at this moment: the
// kernel tells of it only when they are back.
func (w *watcher) absent(t *threadTime) {
	if w.probes == nil {
		return
	}
	if a, ok := w.probes.Absent(t.kernel); t.kernel != 0 && ok {
		if a.Woken == 0 && !a.Ready && proc.ThreadState(w.t.Process.PID, t.tid) == 'R' {
			a.Woken = w.base + int64(w.now()) // or before: it tells when it is back
		}
		w.away(t, a)
	}
}

// local is the thread's id in this process's PID namespace: the kernel's events
// carry that of the first namespace.
func (w *watcher) local(e *bpf.Event) int {
	if id, ok := w.tids[e.TID]; ok {
		return id
	}
	id := e.TID
	if _, err := os.Stat("/proc/" + strconv.Itoa(w.t.Process.PID) + "/task/" + strconv.Itoa(id)); err != nil && e.G != 0 {
		if g, err := w.t.Program.Sample(e.G, w.read); err == nil && g.TID != 0 {
			id = g.TID
		}
	}
	w.tids[e.TID] = id
	return id
}

func (w *watcher) passWorld(at time.Duration, what world) {
	span := func(kind evidence.SpanKind, from time.Duration) {
		w.world = append(w.world, evidence.SchedSpan{Kind: kind, From: from, To: at})
	}
	switch what {
	case worldStops:
		w.stopped = at
	case worldStarts:
		if w.stopped >= 0 {
			span(evidence.SpanStopped, w.stopped)
		}
		w.stopped = -1
	case markBegins:
		w.marking = at
	case markEnds:
		if w.marking >= 0 {
			span(evidence.SpanMarking, w.marking)
		}
		w.marking = -1
	}
}

// sampled takes a look of the kernel's at a running thread.
func (w *watcher) sampled(at time.Duration, tid int, e *bpf.Event) {
	p := w.t.Program
	frames := p.ByFramePointers(gort.StackTop{PC: e.Stack[0], SP: e.SP, Words: e.Top}, e.Stack)
	ev := w.reader.Frames(frames)
	if strangers(ev) {
		return
	}
	status := evidence.StatusRunning
	if e.Leaf != 0 {
		status = evidence.StatusSyscall
		ev = append(w.leaf(e.Leaf), ev...)
	} else if e.InKernel && inSyscall(ev) {
		status = evidence.StatusSyscall
	}
	s := evidence.FrameSample{At: at, Goroutine: e.GoID, Thread: tid, Status: status, Stack: w.intern(ev), ByCPU: true}
	s.Place = w.place(s.Stack)
	s.Cause = w.cause(status, "", s.Stack)
	w.recent = append(w.recent, s)
}

// strangers reports whether a stack is the scheduler's own: between goroutines,
// the thread works for none.
func strangers(frames []evidence.Frame) bool {
	if len(frames) == 0 {
		return true
	}
	switch frames[len(frames)-1].Function {
	case "runtime.mcall", "runtime.mstart", "runtime.mstart0", "runtime.mstart1", "runtime.sigtramp", "runtime.sigtrampgo":
		return true
	}
	return false
}

func inSyscall(frames []evidence.Frame) bool {
	return len(frames) > 0 && (frames[0].Package == "internal/runtime/syscall" || frames[0].Package == "internal/runtime/syscall/linux" ||
		frames[0].Package == "syscall")
}

func (w *watcher) foreignCall(e *bpf.Event, pl *place) {
	frames := w.reader.Frames(w.t.Program.ByFramePointers(gort.StackTop{PC: e.Stack[0], SP: e.SP, Words: e.Top}, e.Stack))
	w.countForeign(e.GoID, frames, pl.foreign)
}

// countForeign counts a call that only the UI goroutine may make.
func (w *watcher) countForeign(goid uint64, frames []evidence.Frame, called string) {
	stack := w.intern(frames)
	place := w.place(stack)
	if place < 0 {
		return
	}
	f := w.out.Stacks[stack]
	key := codePlace{pc: f[place].PC, inner: f[place].Inlined, cause: called}
	c := w.foreign[key]
	if c == nil {
		if len(w.foreign) >= 100 {
			return
		}
		// What the user's code called: the check may lie below it.
		if place > 0 && f[place].Origin == evidence.OriginUser {
			called = f[place-1].Function
		}
		c = &evidence.ForeignCall{Goroutine: goid, Function: called, Stack: stack, Place: place}
		w.foreign[key] = c
	}
	c.Times++
}

// codePlace is a place in the code, for counting.
type codePlace struct {
	pc    uint64
	inner bool
	cause string
}
