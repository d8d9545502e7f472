package exact

import (
	"encoding/binary"
	"time"

	"github.com/gomedic/gomedic/internal/proc"
)

// Clean takes away the hooks of a run that was killed. found: there were some.
func Clean(p *proc.Process) (found bool, err error) {
	maps, err := p.Mappings()
	if err != nil {
		return false, err
	}
	n := 0
	_, err = clean(p, maps, func(time.Duration) { n++ })
	return n > 0, err
}

// clean finds the mapping of a run before, and puts back what it patched.
func clean(p *proc.Process, maps []proc.Mapping, stood func(time.Duration)) (base uint64, err error) {
	for i := range maps {
		m := &maps[i]
		if m.Path != "" || !m.Exec || m.Write || m.End-m.Start != codeSize {
			continue
		}
		var b [threadsAt]byte
		if p.ReadAt(b[:], m.Start+headerAt) != nil || !isMagic(b[:]) {
			continue
		}
		if binary.LittleEndian.Uint64(b[fieldSlots:]) == 0 {
			return m.Start, nil
		}
		d, err := restore(p, m.Start)
		stood(d)
		return m.Start, err
	}
	return 0, nil
}

// restore puts back what stood in the slots, where the hooks are in them still.
func restore(p *proc.Process, base uint64) (time.Duration, error) {
	var b [8]byte
	_ = p.Patch(b[:], base+headerAt+fieldOn)
	if err := p.ReadAt(b[:], base+headerAt+fieldSlots); err != nil {
		return 0, err
	}
	n := min(binary.LittleEndian.Uint64(b[:]), mostSlots)
	table := make([]byte, 16*n)
	if err := p.ReadAt(table, base+slotsAt); err != nil {
		return 0, err
	}
	return p.Operate(func(*proc.Operation) error {
		// The last come first: a library may lie where one lay that was unloaded, and then
		// what stood in the slot of that one is another's.
		for ; len(table) >= 16; table = table[:len(table)-16] {
			entry := table[len(table)-16:]
			at := binary.LittleEndian.Uint64(entry)
			// A library that was unloaded has nothing there, or another's.
			if p.ReadAt(b[:], at) != nil {
				continue
			}
			if now := binary.LittleEndian.Uint64(b[:]); now < base || now >= base+codeSize {
				continue
			}
			if err := p.Patch(entry[8:], at); err != nil {
				return err
			}
		}
		return p.Patch(make([]byte, 8), base+headerAt+fieldSlots)
	})
}
