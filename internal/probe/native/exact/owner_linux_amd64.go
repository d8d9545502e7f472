package exact

import (
	"encoding/binary"
	"errors"
	"os"
	"sync"

	"github.com/gomedic/gomedic/internal/proc"
)

// errTaken: another run took the hooks for those of one that had been killed.
var errTaken = errors.New("the hooks were taken away by another gomedic")

// Later reports whether an error only says that a thread could not be stopped at this
// moment, or that somebody else holds the program: the next try may do.
func Later(err error) bool {
	r := proc.ReasonOf(err)
	return errors.Is(err, proc.ErrNotStopped) || r == proc.Traced || r == proc.Forbidden
}

// ownerAt is where it is noted whose hooks they are, from the start of the mapping: in
// the part that no hook reads.
const ownerAt = 0x7000 - 64

const _ = uint(ownerAt - headerAt - threadsAt - 16*threads) // it does not overlap the header

// owner is the gomedic that records, and the program that it set the hooks in: a child
// of that has a copy of them.
type owner struct{ pid, ticks, target uint64 }

func ownerOf(p *proc.Process, base uint64) (o owner, err error) {
	var b [24]byte
	if err := p.ReadAt(b[:], base+ownerAt); err != nil {
		return o, err
	}
	u := binary.LittleEndian.Uint64
	return owner{u(b[:]), u(b[8:]), u(b[16:])}, nil
}

// started is when this process was.
var started = sync.OnceValue(func() uint64 { return proc.Ticks(os.Getpid()) })

// self is this process as the owner of the hooks in p.
func self(p *proc.Process) owner {
	return owner{uint64(os.Getpid()), started(), uint64(p.PID)}
}

// set writes down whose the hooks are.
func (o owner) set(p *proc.Process, base uint64) error {
	b := binary.LittleEndian.AppendUint64(nil, o.pid)
	b = binary.LittleEndian.AppendUint64(b, o.ticks)
	b = binary.LittleEndian.AppendUint64(b, o.target)
	return p.Patch(b, base+ownerAt)
}

// free returns a *Busy where the hooks are another process's, which lives.
func free(p *proc.Process, base uint64) error {
	o, err := ownerOf(p, base)
	if err != nil {
		return err
	}
	if me := self(p); o.pid != 0 && o.target == me.target && o != me && o.pid <= 1<<31 && proc.Lives(int(o.pid), o.ticks) {
		return &Busy{int(o.pid)}
	}
	return nil
}

// owned is nil while the hooks are this process's.
func (h *Hooks) owned() error {
	o, err := ownerOf(h.p, h.base)
	if err != nil || o == self(h.p) {
		return err
	}
	if err := free(h.p, h.base); err != nil {
		return err
	}
	return errTaken
}

// alone returns a *Busy where another gomedic is recording in the program.
func (h *Hooks) alone() error {
	maps, err := h.p.Mappings()
	if err != nil {
		return err
	}
	for i := range maps {
		if isHooks(h.p, &maps[i]) {
			if err := free(h.p, maps[i].Start); err != nil {
				return err
			}
		}
	}
	return nil
}

// isHooks reports whether there are hooks in a mapping, as far as one can see.
func isHooks(p *proc.Process, m *proc.Mapping) bool {
	return m.Path == "" && m.Exec && !m.Write && m.End-m.Start == codeSize && hasMagic(p, m.Start+headerAt)
}

func hasMagic(p *proc.Process, header uint64) bool {
	var b [16]byte
	return p.ReadAt(b[:], header) == nil && isMagic(b[:])
}

// isOurs reports whether the code of a mapping is that of this gomedic. Code of another
// is not written over: the program may hold addresses in it.
func isOurs(p *proc.Process, base uint64) bool {
	b := make([]byte, codeSize)
	if p.ReadAt(b, base) != nil {
		return false
	}
	for i := range b {
		if i < len(hooks) && b[i] != hooks[i] || i >= len(hooks) && b[i] != 0 {
			return false
		}
	}
	return true
}
