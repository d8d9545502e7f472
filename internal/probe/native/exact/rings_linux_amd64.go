package exact

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/proc"
)

// Each thread takes a ring with its first event, and none gives it back when it ends: in
// a program that goes on to make threads there is none left at some time, and what later
// threads do is lost. So where that happens, rings of threads that are gone are given to
// those that have none, while all stand.

// reuse is what is known of that.
type reuse struct {
	claimed uint64 // rings that were asked for so far
	lost    uint64 // when it was looked last
	next    time.Time
	pause   time.Duration
}

const (
	reusePause = time.Second // between two looks, twice as long after one in vain
	reuseMost  = 32 * time.Second
	probes     = 16 // entries in which a thread looks for its own
)

// giveRings gives rings of threads that are gone to others, where some have none.
func (h *Hooks) giveRings() error {
	u := &h.reuse
	if u.claimed <= ringCount || h.rec.Lost == u.lost || time.Now().Before(u.next) {
		return nil
	}
	given := 0
	stood, err := h.p.Operate(func(o *proc.Operation) error {
		tids, err := h.p.Threads()
		if err != nil || len(tids) != len(o.Threads) {
			return err // whose data are not known may be at work
		}
		alive := make([]uint64, 0, len(o.Threads))
		for _, t := range o.Threads {
			alive = append(alive, t.Regs.TLS)
		}
		table := make([]byte, 16*threads)
		if err := h.p.ReadAt(table, h.header+threadsAt); err != nil {
			return err
		}
		changes := assign(table, alive)
		for _, at := range changes {
			if err := h.p.WriteAt(table[at:at+16], h.header+threadsAt+uint64(at)); err != nil {
				return err
			}
		}
		given = len(changes)
		return nil
	})
	h.stood(stood)
	u.lost = h.rec.Lost
	if u.pause = min(2*u.pause, reuseMost); given > 0 || u.pause == 0 {
		u.pause = reusePause
	}
	u.next = time.Now().Add(u.pause)
	return err
}

// assign gives rings that belong to none of the living threads to those that have asked
// for one, in a table of threads as it lies in the header. It returns where it has
// changed entries, in the order in which they are to be written: what loses its ring
// comes first.
func assign(table []byte, alive []uint64) (changes []int) {
	le := binary.LittleEndian
	lives := make(map[uint64]bool, len(alive))
	for _, tcb := range alive {
		lives[tcb] = true
	}
	has := func(at int) bool { r := le.Uint64(table[at+8:]); return r > 0 && r <= ringCount }
	var owned [ringCount + 1]bool
	owner := map[uint64]int{} // entries of threads that are gone, by their rings
	for at := 0; at < len(table); at += 16 {
		switch {
		case !has(at):
		case lives[le.Uint64(table[at:])]:
			owned[le.Uint64(table[at+8:])] = true
		default:
			owner[le.Uint64(table[at+8:])] = at
		}
	}
	var taken, got []int
	ring := uint64(1)
	for tcb := range lives {
		at, ok := entryOf(table, tcb, lives)
		if !ok || le.Uint64(table[at:]) == tcb && has(at) {
			continue
		}
		for ring <= ringCount && owned[ring] {
			ring++
		}
		if ring > ringCount {
			break
		}
		owned[ring] = true
		if was, ok := owner[ring]; ok && was != at {
			le.PutUint64(table[was+8:], 0)
			taken = append(taken, was)
		}
		if old := le.Uint64(table[at+8:]); owner[old] == at {
			delete(owner, old)
		}
		le.PutUint64(table[at:], tcb)
		le.PutUint64(table[at+8:], ring)
		got = append(got, at)
	}
	return append(taken, got...)
}

// entryOf is a thread's entry, as own_ring in hooks.c looks for it, or that of a thread
// that is gone, where it has found none. ok is false where it may take one itself, and
// where there is none.
func entryOf(table []byte, tcb uint64, lives map[uint64]bool) (at int, ok bool) {
	gone := -1
	i := (tcb >> 6) * 0x9e3779b97f4a7c15 >> 54
	for range probes {
		at := int(i&(threads-1)) * 16
		switch is := binary.LittleEndian.Uint64(table[at:]); {
		case is == tcb:
			return at, true
		case is == 0:
			return 0, false
		case gone < 0 && !lives[is]:
			gone = at
		}
		i++
	}
	return gone, gone >= 0
}

// Release gives back the memory of the rings, after Detach, when nothing more is to be
// read from them. Of a program that has confined itself it stays.
func (h *Hooks) Release() error {
	if h.released || h.p.Confined() {
		return nil
	}
	h.released = true
	stood, err := h.p.Operate(func(o *proc.Operation) error {
		if h.base != 0 && free(h.p, h.base) != nil {
			return nil // another gomedic records there by now
		}
		_, err := o.Call(unix.SYS_MADVISE, h.rings, ringCount*ringSize, unix.MADV_DONTNEED)
		return err
	})
	h.stood(stood)
	return err
}
