package gort

import "github.com/gomedic/gomedic/internal/gort/debuginfo"

// Local is what lies at a place on a stack: a variable or an argument, by DWARF.
type Local struct {
	Name   string
	Type   *Type
	Offset uint64 // of the place, in the variable
}

// localKey is a function that stands at a place.
type localKey struct{ entry, pc uint64 }

// LocalAt returns the variable that has a part of it at slot, an address in the frame
// or among its arguments; ok is false where DWARF does not say it. Of several that
// share the place the innermost is meant, which was inlined.
func (p *Program) LocalAt(f *Frame, slot uint64) (l Local, ok bool) {
	d := p.debugInfo()
	if d == nil || f.CFA == 0 {
		return l, false
	}
	pc := f.PC
	if !f.Exact {
		pc-- // the call's, not what it returns to
	}
	for _, v := range p.localsOf(d, localKey{f.Func.Entry, pc}) {
		at := f.CFA + uint64(v.Offset)
		if slot < at {
			continue
		}
		t := p.dwarfType(v.Type)
		if t == nil {
			continue
		}
		size := v.Size
		if size == 0 && t.Size > v.Part {
			size = t.Size - v.Part
		}
		if slot-at < size {
			l, ok = Local{Name: v.Name, Type: t, Offset: slot - at + v.Part}, true
		}
	}
	return l, ok
}

func (p *Program) localsOf(d *debuginfo.Data, k localKey) []debuginfo.Local {
	c := &p.locals
	c.mu.Lock()
	defer c.mu.Unlock()
	list, ok := c.known[k]
	if !ok {
		const most = 1 << 16
		if c.known == nil || len(c.known) > most {
			c.known = map[localKey][]debuginfo.Local{}
		}
		list = d.Locals(k.entry-p.bias, k.pc-p.bias)
		c.known[k] = list
	}
	return list
}
