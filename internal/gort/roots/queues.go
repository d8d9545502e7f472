package roots

import (
	"strings"

	"github.com/gomedic/gomedic/internal/gort"
)

const maxBlocks = 1 << 20 // of a queue

// Queues are the finalizers and cleanups whose objects are gone, and that wait to
// be run.
type Queues struct {
	// The finalizer that is being run counts as well.
	Finalizers int
	Cleanups   int
	// Finalizer is the goroutine that runs finalizers one after the other
	// (runtime.runFinalizers), nil if there is none yet; Runs says that it is in one,
	// and not waiting for the next.
	Finalizer *gort.Goroutine
	Runs      bool
	// Runners are the goroutines that run cleanups (runtime.runCleanups), and
	// Running how many of them are in one.
	Runners []*gort.Goroutine
	Running int
}

// ReadQueues reads the queues of finalizers and cleanups, and finds in gs, all
// goroutines, those that run them. What they stand in is in their Frames.
func ReadQueues(p *gort.Program, gs []*gort.Goroutine) *Queues {
	q := &Queues{}
	r := newReader(p, Options{}, func(Root) {})
	for _, b := range r.finBlocks() {
		q.Finalizers += b.n
	}
	entries, size := r.cleanupEntries()
	for _, b := range r.cleanupBlocks() {
		for i := range b.n {
			if v, ok := r.mem.word(b.addr + entries + uint64(i)*size); ok && v != 0 { // else it was run
				q.Cleanups++
			}
		}
	}
	for _, g := range gs {
		f, ok := p.FindFunc(g.StartPC)
		if !ok {
			continue
		}
		switch f.Name() {
		case "runtime.runFinalizers", "runtime.runfinq": // runfinq until Go 1.24
			q.Finalizer, q.Runs = g, calls(g)
		case "runtime.runCleanups":
			q.Runners = append(q.Runners, g)
			if calls(g) {
				q.Running++
			}
		}
	}
	return q
}

// calls reports whether a goroutine of the runtime runs a function that is not the
// runtime's.
func calls(g *gort.Goroutine) bool {
	for i := range g.Frames {
		if name := g.Frames[i].Func.Name(); name != "" && !strings.HasPrefix(name, "runtime.") {
			return true
		}
	}
	return false
}

// queueBlock is a block of a queue, and how many entries it has.
type queueBlock struct {
	addr uint64
	n    int
}

// queues takes the roots that the queues hold: they lie outside of the heap.
func (r *reader) queues() {
	if o, ok := r.offsets("runtime.finalizer", "fn", "arg", "fint", "ot"); ok {
		fin, _ := r.offset("runtime.finBlock", "fin")
		size := r.size("runtime.finalizer")
		for _, b := range r.finBlocks() {
			for i := range b.n {
				at := b.addr + fin + uint64(i)*size
				fn, _ := r.mem.word(at + o[0])
				arg, _ := r.mem.word(at + o[1])
				of, _ := r.mem.word(at + o[3])
				for _, off := range o {
					v, _ := r.mem.word(at + off)
					r.emit(Root{Kind: Finalizer, Slot: at + off, Value: v, Frame: -1, Name: r.runs(fn), Precise: true, Object: arg, ObjectType: of, Queued: true})
				}
			}
		}
	}
	entries, size := r.cleanupEntries()
	for _, b := range r.cleanupBlocks() {
		for i := range b.n {
			at := b.addr + entries + uint64(i)*size
			if size > 8 {
				r.cleanup(at, 0, true)
				continue
			}
			r.oldCleanup(at, 0, true)
		}
	}
}

// finBlocks returns the blocks of the finalizer queue. All are on one list, from
// runtime.allfin; the queue (finq) and the free ones (finc) are blocks of it, and
// look alike, so that the list is taken from each of them: what counts is what is
// on it, each block once.
func (r *reader) finBlocks() []queueBlock {
	o, ok := r.offsets("runtime.finBlock", "alllink", "cnt", "fin", "next")
	entry := r.size("runtime.finalizer")
	room := r.size("runtime.finBlock")
	if !ok || entry == 0 || room < o[2]+entry {
		return nil
	}
	most := (room - o[2]) / entry
	return r.blocks(o[0], func(a uint64) (int, bool) {
		n, ok := r.mem.word32(a + o[1])
		next, ok2 := r.mem.word(a + o[3])
		if !ok || !ok2 || uint64(n) > most || next%8 != 0 {
			return 0, false
		}
		for i := range n {
			fn, _ := r.mem.word(a + o[2] + uint64(i)*entry)
			if _, ok := r.function(fn); !ok {
				return 0, false
			}
		}
		return int(n), true
	}, 0, r.p.RuntimeVars("runtime.allfin", "runtime.queuefinalizer", "runtime.runFinalizers", "runtime.runfinq", "runtime.iterate_finq",
		"runtime.markroot", "runtime.finq_callback"))
}

// cleanupBlocks returns the blocks of the cleanup queue, full or not. The queue is
// one struct, runtime.gcCleanups, and code may name it or its list.
func (r *reader) cleanupBlocks() []queueBlock {
	all, ok1 := r.offset("runtime.cleanupQueue", "all")
	o, ok2 := r.offsets("runtime.cleanupBlock", "alllink", "n")
	entries, size := r.cleanupEntries()
	room := r.size("runtime.cleanupBlock")
	if !ok1 || !ok2 || size == 0 || room < entries+size {
		return nil
	}
	most := (room - entries) / size
	fnAt := uint64(0)
	if size > 8 {
		fnAt, _ = r.offset("runtime.cleanupFn", "fn")
	}
	return r.blocks(o[0], func(a uint64) (int, bool) {
		n, ok := r.mem.word32(a + o[1])
		if !ok || uint64(n) > most {
			return 0, false
		}
		for i := range n {
			fn, ok := r.mem.word(a + entries + uint64(i)*size + fnAt)
			if _, runs := r.function(fn); !ok || fn != 0 && !runs { // 0: was run
				return 0, false
			}
		}
		return int(n), true
	}, all, r.p.RuntimeVars("runtime.gcCleanups", "runtime.markroot", "runtime.runCleanups", "runtime.(*cleanupQueue).enqueue",
		"runtime.(*cleanupQueue).createGs", "runtime.freeSpecial", "runtime.(*sweepLocked).sweep", "runtime.createGs"))
}

// cleanupEntries returns where a block's entries begin and the size of one: a
// cleanupFn since Go 1.26, a closure before.
func (r *reader) cleanupEntries() (at, size uint64) {
	at, ok := r.offset("runtime.cleanupBlock", "cleanups")
	if !ok {
		return 0, 0
	}
	if size = r.size("runtime.cleanupFn"); size == 0 {
		size = 8
	}
	return at, size
}

// blocks follows the list of blocks, linked at the offset link, from each variable
// that may hold its head, there or at the offset field.
func (r *reader) blocks(link uint64, valid func(addr uint64) (int, bool), field uint64, vars []uint64) []queueBlock {
	var out []queueBlock
	seen := map[uint64]bool{}
	for _, v := range vars {
		for _, at := range [2]uint64{v, v + field} {
			if at%8 != 0 || !r.isVariable(at) {
				continue
			}
			a, ok := r.mem.word(at)
			var list []queueBlock
			for ok && a != 0 && !seen[a] && len(out)+len(list) < maxBlocks {
				var n int
				if a%8 != 0 || a < 1<<16 || r.isVariable(a) {
					ok = false
					break
				}
				if _, heap := r.p.FindObject(a); heap {
					ok = false
					break
				}
				if n, ok = valid(a); !ok {
					break
				}
				seen[a] = true
				list = append(list, queueBlock{a, n})
				a, ok = r.mem.word(a + link)
			}
			if ok {
				out = append(out, list...)
			}
		}
	}
	return out
}

// isVariable reports whether an address is that of a package's variable.
func (r *reader) isVariable(addr uint64) bool {
	for _, m := range r.p.Modules {
		for _, d := range m.Data {
			if addr >= d[0] && addr < d[1] {
				return true
			}
		}
	}
	return false
}
