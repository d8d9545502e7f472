package exact

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

//go:embed hooks.bin
var hooks []byte

// Hooks are in place until Detach. If this process is killed before, the program goes
// on: it calls the originals by way of the hooks, a few nanoseconds later, and the
// next Attach, or Clean, takes them away.
type Hooks struct {
	p       *proc.Process
	base    uint64 // of the mapping; 0: the hooks are a library's that was preloaded
	header  uint64 // address
	rings   uint64
	own     uint64
	entries [len(names)]uint64
	patched []slot
	funcs   [len(names)]uint64    // the originals
	objects map[objectKey]*loaded // that were looked at; nil: it is no library
	rec     *Record
	held    []event // events that are not old enough to be accounted for
	mark    uint64  // the latest time of the round before
	older   uint64  // and of the one before that
	polls   uint64
	quiet   bool      // nobody is to wait for room: the program is confined
	looked  time.Time // when it was looked whether it is, and how long that took
	looking time.Duration
	began   moment
	started time.Time
	on      time.Duration
	// Stood is for how long the program stood, in how many stops.
	Stood, Longest time.Duration
	Stops          int
	Missing        []string // libraries whose calls are not seen, and why
	Library        string   // whose malloc it is
	reuse          reuse
	released       bool
}

var errFull = errors.New("more places than there is room for")

// Attach sets the hooks. The error is a *Busy where another gomedic is recording.
func Attach(p *proc.Process, l gort.CgoLayout) (*Hooks, error) {
	h := &Hooks{p: p, rec: newRecord(), objects: map[objectKey]*loaded{}, began: now()}
	maps, err := p.Mappings()
	if err != nil {
		return nil, err
	}
	if h.base, err = clean(p, maps, true, h.stood); err != nil {
		return nil, err
	}
	h.load(maps)
	if h.funcs, h.Library, err = h.originals(); err != nil {
		return nil, err
	}
	if h.base == 0 {
		if err := h.mapMemory(); err != nil {
			return nil, err
		}
	}
	h.rec.inside = insideMusl(maps, Span{h.base, h.base + codeSize})
	h.header, h.own, h.rings = h.base+headerAt, h.base+ownAt, h.base+ringsAt
	if err := h.write(l); err != nil {
		return nil, err
	}
	h.started = time.Now()
	if err := h.patch(); err != nil {
		return nil, errors.Join(err, h.Detach())
	}
	return h, nil
}

func (h *Hooks) stood(d time.Duration) {
	h.Stood += d
	h.Longest = max(h.Longest, d)
	h.Stops++
}

// mapMemory has the program map the memory for the hooks, and writes the code.
func (h *Hooks) mapMemory() error {
	if len(hooks) > codeSize {
		return errFull
	}
	stood, err := h.p.Operate(func(o *proc.Operation) error {
		// Another may have come meanwhile; only one holds the threads.
		if err := h.alone(); err != nil {
			return err
		}
		none := ^uint64(0)
		at, err := o.Call(unix.SYS_MMAP, 0, total, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE, none, 0)
		if err == nil && at < 0 && at > -4096 {
			err = fmt.Errorf("mmap: %w", unix.Errno(-at))
		}
		if err != nil {
			return err
		}
		ret, err := o.Call(unix.SYS_MPROTECT, uint64(at), codeSize, unix.PROT_READ|unix.PROT_EXEC)
		if err == nil && ret != 0 {
			err = fmt.Errorf("mprotect: %w", unix.Errno(-ret))
		}
		if err != nil {
			_, e := o.Call(unix.SYS_MUNMAP, uint64(at), total)
			return errors.Join(err, e)
		}
		h.base = uint64(at)
		if err := wipeOnFork(o, h.base+ownAt); err != nil {
			return err
		}
		head := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, magic[0]), magic[1])
		if err := errors.Join(h.p.Patch(hooks, h.base), self(h.p).set(h.p, h.base)); err != nil {
			return err
		}
		return h.p.Patch(head, h.base+headerAt)
	})
	h.stood(stood)
	if err != nil {
		return fmt.Errorf("make room for the hooks: %w", err)
	}
	return nil
}

// write writes the header; nothing leads to the code yet.
func (h *Hooks) write(l gort.CgoLayout) error {
	for i := range h.entries {
		h.entries[i] = h.base + binary.LittleEndian.Uint64(hooks[8*i:])
		if h.funcs[i] == 0 {
			h.entries[i] = 0
		}
	}
	// Threads keep the rings that they had in a run before: one may be just writing.
	var b [threadsAt]byte
	if err := h.p.ReadAt(b[:], h.header); err != nil {
		return err
	}
	get := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	put := func(at int, v uint64) { binary.LittleEndian.PutUint64(b[at:], v) }
	for i := range min(get(fieldRings), ringCount) {
		at := h.rings + i*ringSize
		var head [8]byte
		if err := h.p.ReadAt(head[:], at); err != nil {
			return err
		}
		if err := h.p.WriteAt(head[:], at+ringTail); err != nil {
			return err
		}
	}
	put(0, magic[0])
	put(8, magic[1])
	for i, at := range h.funcs {
		put(fieldFuncs+8*i, at)
	}
	for i, v := range []uint64{uint64(l.TLSG), uint64(l.M), uint64(l.CurG), uint64(l.GoID), uint64(l.SyscallPC), uint64(l.SyscallBP)} {
		put(fieldTLS+8*i, v)
	}
	put(fieldTurn, get(fieldTurn)+1)
	put(fieldLost, 0)
	put(fieldSlots, 0)
	// All but the number of rings, which threads count up.
	for _, part := range [][2]int{{0, fieldOn}, {fieldFuncs, fieldRings}, {fieldLost, threadsAt}} {
		if err := h.p.WriteAt(b[part[0]:part[1]], h.header+uint64(part[0])); err != nil {
			return err
		}
	}
	put(fieldOn, 1)
	return h.p.WriteAt(b[fieldOn:fieldFuncs], h.header+fieldOn)
}

// Poll empties the rings, and hooks libraries that were loaded since. It is to be
// called a hundred times a second: what has no room is lost.
//
// The error is a *Busy where another gomedic has taken the program over.
func (h *Hooks) Poll() error {
	if h.base != 0 && !h.started.IsZero() {
		if err := h.owned(); err != nil {
			return err
		}
	}
	var b [16]byte
	if err := h.p.ReadAt(b[:], h.header+fieldRings); err != nil {
		return err
	}
	h.reuse.claimed = binary.LittleEndian.Uint64(b[:])
	rings := min(h.reuse.claimed, ringCount)
	h.rec.Lost = binary.LittleEndian.Uint64(b[8:])
	last := h.mark
	h.confined()
	if err := h.vouch(); err != nil {
		return err
	}
	for i := range rings {
		if err := h.empty(h.rings + i*ringSize); err != nil {
			return err
		}
	}
	// An event may be published later than one that came after it: those of the last
	// round wait.
	var due []event
	rest := h.held[:0]
	for _, e := range h.held {
		h.mark = max(h.mark, e.when)
		if e.when <= last {
			due = append(due, e)
		} else {
			rest = append(rest, e)
		}
	}
	h.held = rest
	h.rec.take(due)
	h.rec.forget(h.older)
	h.older = last
	return h.vouch()
}

func (h *Hooks) empty(at uint64) error {
	var b [72]byte
	if err := h.p.ReadAt(b[:], at); err != nil {
		return err
	}
	head, tail := binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[ringTail:])
	n := head - tail
	if n == 0 {
		return nil
	}
	if n > events {
		return fmt.Errorf("a ring is damaged: %d events", n)
	}
	buf := make([]byte, n*eventSize)
	from := tail % events
	first := min(n, events-from)
	if err := h.p.ReadAt(buf[:first*eventSize], at+ringHead+from*eventSize); err != nil {
		return err
	}
	if err := h.p.ReadAt(buf[first*eventSize:], at+ringHead); first < n && err != nil {
		return err
	}
	binary.LittleEndian.PutUint64(b[:], head)
	if err := h.p.WriteAt(b[:8], at+ringTail); err != nil {
		return err
	}
	h.held = h.rec.decode(buf, h.held, at)
	if n > events/4 { // that took its time
		return h.vouch()
	}
	return nil
}

// Seen is how many allocations were recorded so far.
func (h *Hooks) Seen() uint64 { return h.rec.Allocs }

// Counts are the allocations and frees so far.
func (h *Hooks) Counts() (allocated, freed uint64) { return h.rec.Allocs, h.rec.Frees }

// Threads are where the own data (TLS) of threads is that have allocated so far.
func (h *Hooks) Threads() ([]uint64, error) {
	b := make([]byte, 16*threads)
	if err := h.p.ReadAt(b, h.header+threadsAt); err != nil {
		return nil, err
	}
	var out []uint64
	for ; len(b) > 0; b = b[16:] {
		if tcb := binary.LittleEndian.Uint64(b); tcb != 0 {
			out = append(out, tcb)
		}
	}
	return out, nil
}

// Places is how many entries of tables were let lead to the hooks.
func (h *Hooks) Places() (n int) {
	for i := range h.patched {
		if h.patched[i].set {
			n++
		}
	}
	return n
}

// SoFar is what was recorded until the last Poll.
func (h *Hooks) SoFar() *Record { return h.rec }

// Result is what was recorded; after Detach it is complete.
func (h *Hooks) Result() (*Record, error) {
	err := h.Poll()
	h.rec.take(h.held)
	h.held = nil
	h.rec.forget(^uint64(0))
	return h.rec, err
}
