package gort

import (
	"slices"
	"strings"
)

// Wait is one thing that a goroutine waits for.
type Wait struct {
	Kind string // as in evidence.Object
	Addr uint64
	Size uint64 // of the object at Addr
	Dir  string // channels: "send", "receive"
	Note string
	FD   int // "fd": the file descriptor
	// Funcs: what the channel carries is to be called.
	Funcs bool
}

// Bounds of one wait.
const (
	maxCases = 1 << 12 // channels of one select
	maxQueue = 1000    // goroutines that wait for the same
)

// Waits returns what a waiting goroutine waits for, in so far as memory tells.
func (p *Program) Waits(g *Goroutine) []Wait {
	if g.Status != gWaiting && g.Status != gLeaked {
		return nil
	}
	switch {
	case g.WaitReason == "IO wait":
		return p.waitsForIO(g)
	case g.WaitReason == "sleep":
		return []Wait{{Kind: "timer"}}
	}
	first := g.waits
	if first == 0 {
		first = p.sudogOnStack(g)
	}
	var out []Wait
	for sg, n := first, 0; sg != 0 && n < maxCases; n++ {
		b := make([]byte, p.f.sgSize)
		if p.mem.ReadAt(b, sg) != nil || le64(b[p.f.sgG:]) != g.Addr {
			break
		}
		if c := p.traceable(b, p.f.sgC); c != 0 {
			out = append(out, p.channelWait(g, sg, c))
		} else if elem := p.traceable(b, p.f.sgElem); elem != 0 {
			out = append(out, p.semaWait(g, elem))
			break
		}
		sg = le64(b[p.f.sgWaitlink:])
		if c := len(out); c > 0 && out[c-1].Kind != "chan" {
			break // waitlink means another thing for semaphores
		}
	}
	if len(out) == 0 && g.WaitReason == "sync.Cond.Wait" {
		return p.condOnStack(g)
	}
	return slices.CompactFunc(out, func(a, b Wait) bool { return a == b })
}

// condOnStack finds the sync.Cond that a goroutine waits on in Go before 1.26,
// whose wait record does not name it: the one that the frames of Cond.Wait point
// to and in whose list the goroutine stands (runtime.notifyListWait).
func (p *Program) condOnStack(g *Goroutine) []Wait {
	notify, ok1 := p.Layout.Field("sync.Cond", "notify")
	head, ok2 := p.Layout.Field("sync.notifyList", "head")
	issued, ok3 := p.Layout.Field("sync.notifyList", "wait")
	ticket, ok4 := p.Layout.Field("runtime.sudog", "ticket")
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil
	}
	const inner = 6 // frames between the goroutine's parking and Cond.Wait
	listed := func(list uint64) bool {
		first, err := p.word(list + uint64(head.Offset))
		if err != nil || first == 0 || first%8 != 0 || !p.queued(first, g.Addr) {
			return false
		}
		// A ticket is smaller than the number issued: the list's last pointer, which
		// may be to the same record, does not come after such a number.
		var t, n [4]byte
		return p.mem.ReadAt(t[:], first+uint64(ticket.Offset)) == nil && p.mem.ReadAt(n[:], list+uint64(issued.Offset)) == nil &&
			int32(le32(n[:])-le32(t[:])) > 0
	}
	var found uint64
	for i := 0; i < len(g.Frames) && i < inner && found == 0; i++ {
		f := &g.Frames[i]
		g.Words(f.SP, f.CFA+f.Func.argBytes(), func(_, w uint64) {
			switch {
			case found != 0 || w < 1<<16 || w%8 != 0:
			case listed(w):
				found = w - uint64(notify.Offset)
			case listed(w + uint64(notify.Offset)):
				found = w
			}
		})
		if f.Func.Name() == "sync.(*Cond).Wait" {
			break
		}
	}
	if found == 0 {
		return nil
	}
	return []Wait{{Kind: "cond", Addr: found, Size: uint64(p.Layout.Structs["sync.Cond"].Size)}}
}

// queued reports whether a goroutine's wait record stands in the queue that
// begins with first.
func (p *Program) queued(first, g uint64) bool {
	for n := 0; first != 0 && n < maxQueue; n++ {
		owner, err := p.word(first + uint64(p.f.sgG))
		if err != nil || owner == 0 || owner%8 != 0 {
			return false
		}
		if owner == g {
			return true
		}
		if first, err = p.word(first + uint64(p.f.sgNext)); err != nil {
			return false
		}
	}
	return false
}

// traceable reads a pointer which, since Go 1.26, has a form that the collector
// does not follow: maybeTraceablePtr{vp, vu}, where vu is the truth
// (runtime/runtime2.go). Before, it is one word.
func (p *Program) traceable(sudog []byte, off int64) uint64 {
	if f, ok := p.Layout.Field("runtime.sudog", "elem.vu"); ok {
		return le64(sudog[off+f.Offset-p.f.sgElem:])
	}
	return le64(sudog[off:])
}

// sudogOnStack finds the wait record of a goroutine on a semaphore in Go before
// 1.26, which only its own frames point to.
func (p *Program) sudogOnStack(g *Goroutine) uint64 {
	var found uint64
	b := make([]byte, p.f.sgSize)
	for i := range g.Frames {
		f := &g.Frames[i]
		name := f.Func.Name()
		if !strings.HasPrefix(name, "runtime.") && !strings.HasPrefix(name, "sync.runtime_") && !strings.HasPrefix(name, "internal/sync.runtime_") {
			break
		}
		g.Words(f.SP, f.CFA, func(_, w uint64) {
			if found != 0 || w < 1<<16 || w%8 != 0 || w >= g.Stack.Lo && w < g.Stack.Hi {
				return
			}
			if p.mem.ReadAt(b, w) == nil && le64(b[p.f.sgG:]) == g.Addr && p.traceable(b, p.f.sgElem) != 0 {
				found = w
			}
		})
		if found != 0 {
			break
		}
	}
	return found
}

// semaWait names the object whose semaphore a goroutine waits on. The functions
// on the stack say what it is, the layout where its semaphore lies.
func (p *Program) semaWait(g *Goroutine, elem uint64) Wait {
	for i := range g.Frames {
		for _, c := range p.Calls(&g.Frames[i]) {
			for _, s := range semaphores {
				if c.Function != s.function {
					continue
				}
				f, ok := p.Layout.Field(s.structure, s.field)
				if !ok {
					continue
				}
				w := Wait{Kind: s.kind, Addr: elem - uint64(f.Offset), Note: s.note}
				if st, ok := p.Layout.Structs[s.structure]; ok {
					w.Size = uint64(st.Size)
				}
				return p.outerLock(g, w)
			}
		}
	}
	return Wait{Kind: "sema", Addr: elem, Size: 4}
}

// semaphores: which function waits on which field of which structure.
var semaphores = []struct{ function, kind, structure, field, note string }{
	{"sync.(*WaitGroup).Wait", "waitgroup", "sync.WaitGroup", "sema", ""},
	{"sync.(*Cond).Wait", "cond", "sync.Cond", "notify", ""},
	{"sync.runtime_SemacquireRWMutexR", "rwmutex", "sync.RWMutex", "readerSem", "reader"},
	{"sync.runtime_SemacquireRWMutex", "rwmutex", "sync.RWMutex", "writerSem", "writer"},
	{"internal/sync.(*Mutex).lockSlow", "mutex", "internal/sync.Mutex", "sema", ""},
	{"sync.(*Mutex).lockSlow", "mutex", "sync.Mutex", "sema", ""},
	{"internal/poll.(*fdMutex).rwlock", "fdmutex", "internal/poll.fdMutex", "rsema", ""},
}

// outerLock names the structure that a Mutex is the first field of, where the
// stack shows that it is locked on that structure's behalf.
func (p *Program) outerLock(g *Goroutine, w Wait) Wait {
	if w.Kind != "mutex" {
		return w
	}
	for i := range g.Frames {
		for _, c := range p.Calls(&g.Frames[i]) {
			switch c.Function {
			case "sync.(*RWMutex).Lock":
				w.Kind, w.Note = "rwmutex", "queued writer"
				if st, ok := p.Layout.Structs["sync.RWMutex"]; ok {
					w.Size = uint64(st.Size)
				}
				return w
			case "sync.(*Once).doSlow", "sync.(*Once).Do":
				if f, ok := p.Layout.Field("sync.Once", "m"); ok {
					w.Kind, w.Addr = "once", w.Addr-uint64(f.Offset)
					w.Size = uint64(p.Layout.Structs["sync.Once"].Size)
				}
				return w
			}
			if !strings.HasPrefix(c.Function, "sync.") && !strings.HasPrefix(c.Function, "internal/sync.") &&
				!strings.HasPrefix(c.Function, "runtime.") {
				return w
			}
		}
	}
	return w
}

func (p *Program) channelWait(g *Goroutine, sudog, c uint64) Wait {
	w := Wait{Kind: "chan", Addr: c, Size: uint64(p.f.hchanSize)}
	b := make([]byte, p.f.hchanSize)
	if p.mem.ReadAt(b, c) != nil {
		return w
	}
	switch {
	case strings.HasPrefix(g.WaitReason, "chan send"):
		w.Dir = "send"
	case strings.HasPrefix(g.WaitReason, "chan receive"):
		w.Dir = "receive"
	default:
		w.Dir = "receive"
		if q, ok := p.Layout.Field("runtime.hchan", "sendq.first"); ok && p.inQueue(le64(b[q.Offset:]), sudog) {
			w.Dir = "send"
		}
	}
	if p.f.hcTimer >= 0 && le64(b[p.f.hcTimer:]) != 0 {
		w.Note = "timer"
	}
	w.Funcs = p.carriesFuncs(b)
	return w
}

func (p *Program) inQueue(first, sudog uint64) bool {
	for n := 0; first != 0 && n < maxQueue; n++ {
		if first == sudog {
			return true
		}
		next, err := p.word(first + uint64(p.f.sgNext))
		if err != nil {
			return false
		}
		first = next
	}
	return false
}

// waitsForIO finds the file descriptor of a goroutine that the network poller
// has parked: the runtime.pollDesc that its frames point to and that names this
// goroutine as its reader or writer.
func (p *Program) waitsForIO(g *Goroutine) []Wait {
	fd, ok1 := p.Layout.Field("runtime.pollDesc", "fd")
	rg, ok2 := p.Layout.Field("runtime.pollDesc", "rg")
	wg, ok3 := p.Layout.Field("runtime.pollDesc", "wg")
	if !ok1 || !ok2 || !ok3 {
		return nil
	}
	b := make([]byte, max(fd.Offset, rg.Offset, wg.Offset)+8)
	var out []Wait
	for i := range g.Frames {
		if i >= 8 || len(out) > 0 {
			break
		}
		f := &g.Frames[i]
		g.Words(f.SP, f.CFA, func(_, w uint64) {
			if len(out) > 0 || w < 1<<16 || w%8 != 0 || w >= g.Stack.Lo && w < g.Stack.Hi {
				return
			}
			if p.mem.ReadAt(b, w) != nil {
				return
			}
			dir := ""
			switch g.Addr {
			case le64(b[rg.Offset:]):
				dir = "receive"
			case le64(b[wg.Offset:]):
				dir = "send"
			default:
				return
			}
			if n := le64(b[fd.Offset:]); n < 1<<24 {
				out = append(out, Wait{Kind: "fd", Addr: w, Dir: dir, FD: int(n)})
			}
		})
	}
	return out
}

// WakesAt returns when the timer that a waiting goroutine sleeps on, or that
// would send on a channel it waits for, was to fire: the earliest, in
// CLOCK_MONOTONIC nanoseconds; 0 if there is none. A time long past says that no
// processor of the scheduler was free to look at its timers (runtime/time.go,
// timers.check).
func (p *Program) WakesAt(g *Goroutine) int64 {
	if g.Status != gWaiting {
		return 0
	}
	if g.WaitReason == "sleep" {
		return max(g.SleepWhen, 0)
	}
	when, ok := p.Layout.Field("runtime.timer", "when")
	if !ok || p.f.hcTimer < 0 {
		return 0
	}
	var first int64
	for n, w := range p.Waits(g) {
		if n >= 64 || w.Kind != "chan" || w.Note != "timer" {
			continue
		}
		timer, err := p.word(w.Addr + uint64(p.f.hcTimer))
		if err != nil || timer == 0 {
			continue
		}
		at, err := p.word(timer + uint64(when.Offset))
		if t := int64(at); err == nil && t > 0 && (first == 0 || t < first) {
			first = t
		}
	}
	return first
}

// LockClock returns when a goroutine began to wait for a mutex, by the time
// that sync.Mutex's slow path notes on its own stack (waitStartTime), in
// CLOCK_MONOTONIC nanoseconds; 0 if it is not there. started and now bound what
// can be such a time.
func (p *Program) LockClock(g *Goroutine, started, now int64) int64 {
	for i := range g.Frames {
		f := &g.Frames[i]
		name := f.Func.Name()
		if name != "internal/sync.(*Mutex).lockSlow" && name != "sync.(*Mutex).lockSlow" {
			continue
		}
		var best int64
		g.Words(f.SP, f.CFA, func(_, w uint64) {
			if t := int64(w); t > started && t <= now && t > best {
				best = t
			}
		})
		return best
	}
	return 0
}
