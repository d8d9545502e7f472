package exact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/proc"
)

// Clean takes away the hooks of runs that were killed. found: there were some. The error
// is a *Busy where another gomedic is recording.
func Clean(p *proc.Process) (found bool, err error) {
	maps, err := p.Mappings()
	if err != nil {
		return false, err
	}
	n := 0
	_, err = clean(p, maps, false, func(time.Duration) { n++ })
	return n > 0, err
}

// clean finds the mappings of runs before, and puts back what they patched. One with the
// code of this gomedic is taken over where it is to be: base. The error is a *Busy where
// another gomedic is recording.
func clean(p *proc.Process, maps []proc.Mapping, take bool, stood func(time.Duration)) (base uint64, err error) {
	var found []uint64
	for i := range maps {
		if m := &maps[i]; isHooks(p, m) {
			if err := free(p, m.Start); err != nil {
				return 0, err
			}
			found = append(found, m.Start)
		}
	}
	for _, at := range found {
		var b [8]byte
		if e := p.ReadAt(b[:], at+headerAt+fieldSlots); e != nil {
			err = errors.Join(err, e)
			continue
		}
		mine := take && base == 0 && isOurs(p, at)
		if !mine && binary.LittleEndian.Uint64(b[:]) == 0 {
			continue
		}
		d, e := restore(p, at, mine)
		stood(d)
		err = errors.Join(err, e)
		if mine {
			base = at
		}
	}
	return base, err
}

// restore puts back what stood in the slots, where the hooks are in them still. take
// makes them this process's, else they are nobody's then. The error is a *Busy where
// they are another gomedic's.
func restore(p *proc.Process, base uint64, take bool) (time.Duration, error) {
	return p.Operate(func(*proc.Operation) error {
		if !hasMagic(p, base+headerAt) {
			return nil // it runs another program by now
		}
		if err := free(p, base); err != nil {
			return err
		}
		var b [8]byte
		if err := p.Patch(b[:], base+headerAt+fieldOn); err != nil {
			return err
		}
		if err := p.ReadAt(b[:], base+headerAt+fieldSlots); err != nil {
			return err
		}
		n := min(binary.LittleEndian.Uint64(b[:]), mostSlots)
		table := make([]byte, 16*n)
		if err := p.ReadAt(table, base+slotsAt); err != nil {
			return err
		}
		entries, err := entriesOf(p, base)
		if err != nil {
			return err
		}
		// The last come first: a library may lie where one lay that was unloaded, and then
		// what stood in the slot of that one is another's.
		for ; len(table) >= 16; table = table[:len(table)-16] {
			entry := table[len(table)-16:]
			at := binary.LittleEndian.Uint64(entry)
			// A library that was unloaded has nothing there, or another's.
			if p.ReadAt(b[:], at) != nil || !slices.Contains(entries[:], binary.LittleEndian.Uint64(b[:])) {
				continue
			}
			if err := p.Patch(entry[8:], at); err != nil {
				return err
			}
		}
		if err := p.Patch(make([]byte, 8), base+headerAt+fieldSlots); err != nil {
			return err
		}
		var o owner
		if take {
			o = self(p)
		}
		return o.set(p, base)
	})
}

// entriesOf are the addresses of the hooks of a mapping, as its own code has them.
func entriesOf(p *proc.Process, base uint64) (entries [len(names)]uint64, err error) {
	var b [8 * len(entries)]byte
	if err := p.ReadAt(b[:], base); err != nil {
		return entries, err
	}
	for i := range entries {
		entries[i] = base + binary.LittleEndian.Uint64(b[8*i:])
	}
	return entries, nil
}

// For so long it is tried to take the hooks away, so often.
const (
	detachWait  = 3 * time.Second
	detachPause = 20 * time.Millisecond
)

// Detach takes the hooks away: the mapping stays, as a thread may be in it. Where a
// thread does not come to a stop, or somebody else holds the program, it is tried again
// for some seconds; then the error is ErrStay.
func (h *Hooks) Detach() (err error) {
	defer func() {
		if !h.started.IsZero() {
			h.on += time.Since(h.started)
			h.started = time.Time{}
		}
	}()
	if h.base == 0 {
		return h.off()
	}
	for end := time.Now().Add(detachWait); ; time.Sleep(detachPause) {
		var stood time.Duration
		stood, err = restore(h.p, h.base, false)
		h.stood(stood)
		if err == nil || !Later(err) || !h.p.Alive() {
			return err
		}
		if h.owned() == nil {
			err = errors.Join(err, h.off()) // nobody is to wait for room meanwhile
		}
		if time.Now().After(end) {
			if h.owned() == nil {
				err = errors.Join(err, owner{}.set(h.p, h.base))
			}
			return fmt.Errorf("%w: %w", ErrStay, err)
		}
	}
}

// off ends the recording.
func (h *Hooks) off() error {
	if !hasMagic(h.p, h.header) {
		return nil // it runs another program by now
	}
	return h.p.WriteAt(make([]byte, 8), h.header+fieldOn)
}
