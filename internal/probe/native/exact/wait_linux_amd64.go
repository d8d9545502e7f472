package exact

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/proc"
)

// Where a ring is full, a thread waits a little, in a call. A program that has confined
// itself to some calls (seccomp) might be ended for it. So threads wait only for so long
// as gomedic has said last that it may be waited for: that it goes on to empty the
// rings, and that no thread is confined. After a kill of gomedic that is over soon, and
// in a child that was forked, whose rings nobody empties, it never was so.

// vouched is for how long a thread may wait after gomedic was seen last: 50 ms by a time
// stamp counter of 4 GHz, 100 ms by one of 2 GHz.
const vouched = 200_000_000

// confinedEvery is after how many polls it is looked whether the program has confined
// itself meanwhile. It takes a tenth of the time at most.
const (
	confinedEvery = 8
	confinedShare = 10
)

// confined looks whether the program is confined: then nobody is to wait any more.
func (h *Hooks) confined() {
	h.polls++
	if h.quiet || h.polls%confinedEvery != 1 || time.Since(h.looked) < confinedShare*h.looking {
		return
	}
	begun := time.Now()
	h.quiet = h.p.Confined()
	h.looked = time.Now()
	h.looking = h.looked.Sub(begun)
}

// vouch says for how much longer threads may wait for room.
func (h *Hooks) vouch() error {
	var b [8]byte
	if !h.quiet {
		binary.LittleEndian.PutUint64(b[:], counter()+vouched)
	}
	return h.p.WriteAt(b[:], h.own)
}

// wipeOnFork makes the page at own empty in children that are forked. Linux before 4.14
// does not know that: there a child may wait until what was said last is over.
func wipeOnFork(o *proc.Operation, own uint64) error {
	_, err := o.Call(unix.SYS_MADVISE, own, ownSize, unix.MADV_WIPEONFORK)
	return err
}
