package proc

import (
	"debug/elf"
	"encoding/binary"
	"os"

	"golang.org/x/sys/unix"
)

// place is a piece of a target's executable memory that holds nothing of the
// program. It is divided into slots: one in which a run that was killed has left its
// instructions is not used again as long as there are others, for a thread may still
// be on its way through them.
type place struct {
	addr  uint64
	slots int
	auxv  string // of the program that it belongs to
}

const (
	slotSize = 192 // bytes: what is injected is shorter
	maxSlots = 16
	// maxHeaders bounds the program headers read of one file: programs have about ten.
	maxHeaders = 128
)

// findPlace looks for room behind the code of the program, of one of its libraries or
// of the vDSO: a mapping is whole pages, the code in it is not.
func (p *Process) findPlace() (place, bool) {
	auxv, err := os.ReadFile(p.path("auxv"))
	if err != nil {
		return place{}, false
	}
	maps, err := p.Mappings()
	if err != nil {
		return place{}, false
	}
	var best place
	var first *Mapping // of the file at hand: where its header lies
	for i := range maps {
		m := &maps[i]
		if m.Offset == 0 && m.Path != "" && (first == nil || first.Path != m.Path) {
			first = m
		}
		if !m.Exec || !m.Read || m.Write || first == nil || first.Path != m.Path || m.Path == "[vsyscall]" {
			continue
		}
		if end, ok := codeEnd(p, first.Start, m); ok {
			// Far from the code, and from what may follow it in the file.
			n := min(int((m.End-end)/slotSize), maxSlots)
			at := (m.End - uint64(n)*slotSize) &^ 15
			if at >= end && n > best.slots {
				best = place{addr: at, slots: n, auxv: string(auxv)}
			}
			if best.slots >= maxSlots/2 {
				break
			}
		}
	}
	return best, best.slots > 0
}

// free returns a slot that nothing was left in, for a thread. What is at work in other
// threads, of another gomedic too, is not seen before it has begun: so the search begins
// elsewhere for each, and within one Process placing is held until the call is over.
func (l *place) free(mem Memory, tid int) (uint64, bool) {
	b := make([]byte, l.slots*slotSize)
	if mem.ReadAt(b, l.addr) != nil {
		return 0, false
	}
	for i := range l.slots {
		at := (tid + i) % l.slots * slotSize
		if !isTaken(b[at:]) {
			return l.addr + uint64(at), true
		}
	}
	return 0, false
}

// reclaim empties a slot and returns it. All threads must stand: it takes one that
// none of them is in.
func (l *place) reclaim(h *hold, threads []Stopped) (uint64, bool) {
	if len(h.late) > 0 || len(threads) == 0 {
		return 0, false
	}
	for i := range l.slots {
		at := l.addr + uint64(i*slotSize)
		in := false
		for _, t := range threads {
			in = in || t.Regs.PC >= at && t.Regs.PC < at+slotSize
		}
		if !in {
			_, err := unix.PtracePokeText(threads[0].TID, uintptr(at), make([]byte, slotSize))
			return at, err == nil
		}
	}
	return 0, false
}

// makeRoom empties a slot of a target that runs: it stops all its threads for that.
func (p *Process) makeRoom(l *place) error {
	var own int
	err := error(&Error{Op: "make a system call", PID: p.PID, Reason: NoPlace})
	done := make(chan struct{})
	go onOwnThread(func() {
		defer close(done)
		own = unix.Gettid()
		h, e := p.holdAll(stopWait)
		if e == nil {
			e = h.awaitRunnable(h.since.Add(standWait))
		}
		if e != nil {
			err = e
		} else if l.holds(p) {
			if _, ok := l.reclaim(h, h.threads()); ok {
				err = nil
			}
		}
		h.letGo()
	})
	<-done
	threadEnds(own) // and lets go of what was late
	return err
}

// holds reports whether the target still runs the program that the place was found
// in. The vector holds addresses that each exec draws anew (AT_RANDOM).
func (l *place) holds(p *Process) bool {
	auxv, err := os.ReadFile(p.path("auxv"))
	return err == nil && string(auxv) == l.auxv
}

// ending reports whether the process is gone, or about to be: without memory, it
// executes nothing more.
func (p *Process) ending() bool {
	auxv, err := os.ReadFile(p.path("auxv"))
	return err != nil || len(auxv) == 0 || !p.Alive()
}

// codeEnd returns where in the executable mapping m its segment ends, by the
// program headers of the ELF image that is mapped at base.
func codeEnd(mem Memory, base uint64, m *Mapping) (uint64, bool) {
	// elf(5): the header is 64 bytes, a program header 56.
	var header [64]byte
	if mem.ReadAt(header[:], base) != nil || string(header[:4]) != elf.ELFMAG || elf.Class(header[elf.EI_CLASS]) != elf.ELFCLASS64 {
		return 0, false
	}
	le := binary.LittleEndian
	off, size, n := le.Uint64(header[32:]), le.Uint16(header[54:]), le.Uint16(header[56:])
	if size != 56 || n > maxHeaders || off > 1<<16 {
		return 0, false
	}
	table := make([]byte, int(n)*56)
	if mem.ReadAt(table, base+off) != nil {
		return 0, false
	}
	const page = 4096 // the least there is; larger ones only leave more room unused
	bias, known := uint64(0), false
	for h := table; len(h) >= 56; h = h[56:] {
		if elf.ProgType(le.Uint32(h)) == elf.PT_LOAD && le.Uint64(h[8:])&^(page-1) == 0 {
			bias, known = base-le.Uint64(h[16:])&^(page-1), true
			break
		}
	}
	for h := table; known && len(h) >= 56; h = h[56:] {
		if elf.ProgType(le.Uint32(h)) != elf.PT_LOAD || elf.ProgFlag(le.Uint32(h[4:]))&elf.PF_X == 0 {
			continue
		}
		start := bias + le.Uint64(h[16:])
		end := start + le.Uint64(h[40:])
		if end < start || end > m.End || end <= m.Start || m.End-end >= page {
			continue
		}
		return end, true
	}
	return 0, false
}
