package gort

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/proc"
)

// Stopper stops a thread of the target for an instant: *proc.Tracer.
type Stopper interface {
	StopThread(tid int, f func(proc.Registers)) error
	StopAll(f func(threads []proc.Stopped, late int)) error
}

// Options say how goroutines are read.
type Options struct {
	// Stopper, if given, is used to get the registers of running goroutines.
	Stopper Stopper
	// StopAll reads while all threads stand, so that all stacks are of one
	// moment. Else each is read while the program runs, and validated.
	StopAll bool
	// NoStacks leaves the stacks out.
	NoStacks bool
	// Threads translates thread ids, see proc.Process.ThreadIDs; nil: the same.
	Threads map[int]int
	// Where tells where a thread stands without stopping it, if given: one that
	// waits in the kernel need not be stopped, and a stop would end its system call
	// (proc.Process.WhereIs).
	Where func(tid int) (proc.Where, error)
	// Registers are the threads' registers, for a core file.
	Registers map[int]proc.Registers
}

// Snapshot is all goroutines of one moment, or nearly so.
type Snapshot struct {
	Goroutines []*Goroutine
	Changed    int // that moved on while they were read, after all retries
	Took       time.Duration
}

// Goroutines reads every goroutine.
func (p *Program) Goroutines(o Options) (*Snapshot, error) {
	start := time.Now()
	addrs, err := p.allgs()
	if err != nil {
		return nil, err
	}
	s := &Snapshot{}
	r := newReader(p, addrs)
	r.threads = o.Threads
	switch {
	case o.StopAll && o.Stopper != nil:
		err = r.stopped(o.Stopper)
	default:
		err = r.running(o)
	}
	if err != nil {
		return nil, err
	}
	for _, g := range r.gs {
		if g.alive() {
			s.Goroutines = append(s.Goroutines, g)
		}
	}
	s.Changed = r.changed
	p.threadsOf(s.Goroutines, o.Threads)
	s.Took = time.Since(start)
	return s, nil
}

// allgs reads the list of goroutines.
func (p *Program) allgs() ([]uint64, error) {
	var h [24]byte
	for range 3 {
		if err := p.mem.ReadAt(h[:], p.globals.allgs); err != nil {
			return nil, err
		}
		ptr, n := le64(h[:]), le64(h[8:])
		if n > maxGoroutines {
			return nil, bad("%d goroutines", n)
		}
		b := make([]byte, n*8)
		if err := p.mem.ReadAt(b, ptr); err != nil {
			continue // the slice was just replaced by a longer one
		}
		addrs := make([]uint64, 0, n)
		for i := uint64(0); i < n; i++ {
			if a := le64(b[i*8:]); a != 0 && a%8 == 0 {
				addrs = append(addrs, a)
			}
		}
		return addrs, nil
	}
	return nil, bad("the list of goroutines cannot be read")
}

// reader reads the goroutines of one snapshot.
type reader struct {
	p       *Program
	gs      []*Goroutine // by address
	ranges  []proc.Range // memory that holds them, neighbours together
	index   []gAt        // where each lies
	spare   []byte
	threads map[int]int
	changed int
}

type gAt struct {
	r   int
	off uint64
}

// newReader plans the reads: structures that lie close together are read as one
// range, since a system call's piece costs more than the bytes between.
func newReader(p *Program, addrs []uint64) *reader {
	slices.Sort(addrs)
	addrs = slices.Compact(addrs)
	addrs = addrs[:min(len(addrs), maxRead)]
	r := &reader{p: p, gs: make([]*Goroutine, len(addrs)), index: make([]gAt, len(addrs))}
	const gap, largest = 2048, 1 << 20
	size := uint64(p.f.gSize)
	var total uint64
	type span struct{ lo, hi uint64 }
	var spans []span
	pool := make([]Goroutine, len(addrs))
	for i, a := range addrs {
		pool[i].Addr = a
		r.gs[i] = &pool[i]
		if n := len(spans); n > 0 && a < spans[n-1].hi+gap && a+size-spans[n-1].lo <= largest {
			total += a + size - spans[n-1].hi
			spans[n-1].hi = a + size
		} else {
			spans = append(spans, span{a, a + size})
			total += size
		}
		r.index[i] = gAt{len(spans) - 1, a - spans[len(spans)-1].lo}
	}
	buf := make([]byte, 2*total)
	r.spare = buf[total:]
	r.ranges = make([]proc.Range, len(spans))
	for i, s := range spans {
		n := s.hi - s.lo
		r.ranges[i] = proc.Range{Addr: s.lo, Buf: buf[:n:n]}
		buf = buf[n:]
	}
	return r
}

// readAll reads every runtime.g once.
func (r *reader) readAll() error {
	r.p.mem.ReadMany(r.ranges)
	ok := false
	for i, g := range r.gs {
		at := r.index[i]
		if !r.ranges[at.r].OK {
			g.Status = gDead
			continue
		}
		ok = true
		r.p.parse(g, r.ranges[at.r].Buf[at.off:at.off+uint64(r.p.f.gSize)])
	}
	if !ok {
		return bad("no goroutine can be read")
	}
	return nil
}

// Bounds of one snapshot: what a program with a million goroutines needs.
const (
	maxRead       = 1 << 20   // goroutines
	maxStackBytes = 512 << 20 // of all stacks together, before they are walked
)

// readStacks reads the used part of the stack of each goroutine in which, at most
// most bytes of each, and of very many only the innermost part.
func (r *reader) readStacks(which []*Goroutine, most int) {
	firstRead := uint64(max(min(most, maxStackBytes/max(len(which), 1)), 256))
	var total uint64
	for _, g := range which {
		if g.SP >= g.Stack.Lo && g.SP < g.Stack.Hi {
			total += min(g.Stack.Hi-g.SP, firstRead)
		}
	}
	buf := make([]byte, total)
	ranges := make([]proc.Range, 0, len(which))
	owners := make([]*Goroutine, 0, len(which))
	for _, g := range which {
		if g.SP < g.Stack.Lo || g.SP >= g.Stack.Hi {
			continue
		}
		n := min(g.Stack.Hi-g.SP, firstRead)
		ranges = append(ranges, proc.Range{Addr: g.SP, Buf: buf[:n:n]})
		owners = append(owners, g)
		buf = buf[n:]
	}
	r.p.mem.ReadMany(ranges)
	for i, g := range owners {
		if ranges[i].OK {
			g.image = stackImage{base: ranges[i].Addr, b: ranges[i].Buf}
		}
	}
}

func (r *reader) parked() []*Goroutine {
	out := make([]*Goroutine, 0, len(r.gs))
	for _, g := range r.gs {
		if g.alive() && g.parked() {
			out = append(out, g)
		}
	}
	return out
}

// running reads while the program runs: structures, stacks, structures again. A
// goroutine whose structure did not change in between had the stack that was
// read; the others are read again, a few times.
func (r *reader) running(o Options) error {
	if err := r.readAll(); err != nil {
		return err
	}
	if o.NoStacks {
		return nil
	}
	todo := r.parked()
	r.readStacks(todo, firstRead)
	again := make([]proc.Range, len(r.ranges))
	buf := r.spare
	for i, g := range r.ranges {
		n := len(g.Buf)
		again[i] = proc.Range{Addr: g.Addr, Buf: buf[:n:n]}
		buf = buf[n:]
	}
	r.p.mem.ReadMany(again)
	var moved []*Goroutine
	for i, g := range r.gs {
		at := r.index[i]
		if !g.alive() || !g.parked() {
			continue
		}
		if !again[at.r].OK || !bytes.Equal(g.raw, again[at.r].Buf[at.off:at.off+uint64(r.p.f.gSize)]) {
			moved = append(moved, g)
			continue
		}
		if g.Status == gSyscall { // see threadOf
			moved = append(moved, g)
			continue
		}
		n := len(g.image.b)
		r.p.unwindParked(g)
		if len(g.image.b) != n { // the rest of a deep stack was read after the comparison
			moved = append(moved, g)
		}
	}
	for _, g := range moved {
		if !r.p.reread(g) {
			r.changed++
		}
	}
	for _, g := range r.gs {
		if g.alive() && g.Status == gRunning {
			r.p.readRunning(g, o)
		}
	}
	return nil
}

// reread reads one goroutine until its structure is the same before and after
// its stack. It reports whether that came about.
func (p *Program) reread(g *Goroutine) bool {
	const tries = 5
	before, after := make([]byte, p.f.gSize), make([]byte, p.f.gSize)
	for range tries {
		g.image = stackImage{}
		if p.mem.ReadAt(before, g.Addr) != nil {
			g.Status = gDead
			return true
		}
		p.parse(g, before)
		g.Frames, g.Cut, g.System = nil, "", nil
		if !g.alive() || !g.parked() {
			return true
		}
		if g.SP < g.Stack.Lo || g.SP >= g.Stack.Hi {
			continue
		}
		thread := p.threadOf(g)
		img := stackImage{base: g.SP, b: make([]byte, min(g.Stack.Hi-g.SP, firstRead))}
		if p.mem.ReadAt(img.b, g.SP) != nil {
			continue
		}
		g.image = img
		p.unwindParked(g)
		if p.mem.ReadAt(after, g.Addr) == nil && bytes.Equal(before, after) && bytes.Equal(thread, p.threadOf(g)) {
			return true
		}
		before, after = after, before
		g.raw = slices.Clone(g.raw)
	}
	g.Frames, g.Cut = nil, cutMoved
	return false
}

// threadOf reads the runtime.m of a goroutine in a system call; it is nil for
// others. A goroutine's own structure does not tell one system call from the
// next at the same place: since Go 1.26 reentersyscall counts nothing there
// (runtime/proc.go). Its thread's does: m.syscalltick, or m.oldp, is another.
func (p *Program) threadOf(g *Goroutine) []byte {
	if g.Status != gSyscall || g.M == 0 {
		return nil
	}
	m := make([]byte, p.f.mSize)
	if p.mem.ReadAt(m, g.M) != nil {
		return nil
	}
	return m
}

// Sample reads one goroutine again: its state, and its stack. A running one is
// read with its thread stopped, if o has a Stopper.
func (p *Program) Sample(addr uint64, o Options) (*Goroutine, error) {
	g := &Goroutine{Addr: addr}
	p.reread(g)
	if g.Status == gRunning {
		p.readRunning(g, o)
	}
	if len(g.raw) == 0 {
		return nil, proc.ErrRead
	}
	p.threadsOf([]*Goroutine{g}, o.Threads)
	return g, nil
}

// stopped reads in two steps, to stop the target as briefly as possible: all of
// it while the program runs, then, with every thread stopped, the structures
// once more and only the stacks of those that changed.
func (r *reader) stopped(stop Stopper) error {
	if err := r.readAll(); err != nil {
		return err
	}
	r.readStacks(r.parked(), deepRead)
	again := make([]proc.Range, len(r.ranges))
	buf := r.spare
	for i, g := range r.ranges {
		n := len(g.Buf)
		again[i] = proc.Range{Addr: g.Addr, Buf: buf[:n:n]}
		buf = buf[n:]
	}
	size := uint64(r.p.f.gSize)
	var fresh []uint64
	running := map[*Goroutine]*moment{}
	var inner error
	err := stop.StopAll(func(threads []proc.Stopped, late int) {
		now, e := r.p.allgs()
		if e != nil {
			inner = e
			return
		}
		r.p.mem.ReadMany(again)
		var changed []*Goroutine
		for i, g := range r.gs {
			at := r.index[i]
			if !again[at.r].OK {
				continue
			}
			raw := again[at.r].Buf[at.off : at.off+size]
			if g.raw != nil && bytes.Equal(g.raw, raw) && g.Status != gRunning && g.Status != gSyscall {
				continue
			}
			r.p.parse(g, raw)
			if g.alive() && g.parked() {
				changed = append(changed, g)
			}
		}
		r.readStacks(changed, deepRead)
		fresh = missingFrom(now, r.gs)
		for _, a := range fresh {
			g := &Goroutine{Addr: a}
			raw := make([]byte, size)
			if r.p.mem.ReadAt(raw, a) != nil {
				continue
			}
			r.p.parse(g, raw)
			if g.alive() && g.parked() {
				r.readStacks([]*Goroutine{g}, deepRead)
			}
			r.gs = append(r.gs, g)
		}
		byTID := map[int]proc.Registers{}
		for _, t := range threads {
			byTID[t.TID] = t.Regs
		}
		for _, g := range r.gs {
			if !g.alive() || g.Status != gRunning || g.M == 0 {
				continue
			}
			m := make([]byte, r.p.f.mSize)
			if r.p.mem.ReadAt(m, g.M) != nil {
				continue
			}
			regs, ok := byTID[translate(int(le64(m[r.p.f.mProcID:])), r.threads)]
			if !ok {
				g.Cut = cutRuns
				continue
			}
			c := r.p.capture(g, m, regs) // walked after the stop
			running[g] = &c
		}
	})
	if err == nil {
		err = inner
	}
	if err != nil {
		return err
	}
	for _, g := range r.gs {
		if !g.alive() {
			continue
		}
		if c, ok := running[g]; ok {
			g.Regs = &c.regs
			r.p.unwindRunning(g, c)
			continue
		}
		if g.parked() {
			r.p.unwindParked(g)
		}
	}
	return nil
}

// missingFrom returns the addresses that gs, which is sorted, does not have.
func missingFrom(addrs []uint64, gs []*Goroutine) []uint64 {
	var out []uint64
	for _, a := range addrs {
		_, ok := slices.BinarySearchFunc(gs, a, func(g *Goroutine, a uint64) int {
			switch {
			case g.Addr < a:
				return -1
			case g.Addr > a:
				return 1
			}
			return 0
		})
		if !ok {
			out = append(out, a)
		}
	}
	return out
}

// threadsOf fills in the thread of each goroutine that has one.
func (p *Program) threadsOf(gs []*Goroutine, ids map[int]int) {
	type info struct {
		tid      int
		cgocalls uint64
	}
	seen := map[uint64]info{}
	of := func(m uint64) info {
		if m == 0 {
			return info{}
		}
		if t, ok := seen[m]; ok {
			return t
		}
		var t info
		b := make([]byte, p.f.mSize)
		if p.mem.ReadAt(b, m) == nil {
			t.tid = translate(int(le64(b[p.f.mProcID:])), ids)
			t.cgocalls = le64(b[p.f.mNcgocall:])
		}
		seen[m] = t
		return t
	}
	for _, g := range gs {
		if g.M != 0 {
			t := of(g.M)
			g.TID, g.CgoCalls = t.tid, t.cgocalls
		}
		if g.LockedM != 0 {
			t := of(g.LockedM)
			g.LockedTID, g.CgoCalls = t.tid, t.cgocalls
		}
	}
}

func translate(tid int, ids map[int]int) int {
	if t, ok := ids[tid]; ok {
		return t
	}
	return tid
}

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
