package debuginfo

import "encoding/binary"

// Local is a variable, or a part of one, that lies on the stack of a function.
type Local struct {
	Name   string
	Type   uint32 // offset of the type's entry
	Offset int64  // from the frame's canonical address, the caller's stack pointer
	Part   uint64 // where in the variable this part of it begins
	Size   uint64 // of the part, bytes; 0: all of the variable from Part on
}

// Bounds on one function.
const (
	mostLocalEntries = 1 << 16
	mostLocals       = 1 << 12
)

// Locals returns the variables and arguments, also of what is inlined, that lie on the
// stack while the function that begins at entry stands at pc, both as linked.
func (d *Data) Locals(entryPC, pc uint64) []Local {
	off, ok := d.functionAt(entryPC)
	if !ok {
		return nil
	}
	u := d.unitOf(off)
	if u == nil {
		return nil
	}
	var out []Local
	e, origin := new(entry), new(entry)
	c := cursor{d: d, u: u, at: int(off)}
	for depth, n := 0, 0; n < mostLocalEntries && len(out) < mostLocals && c.next(e); n++ {
		if e.tag == 0 {
			if depth--; depth <= 0 {
				break
			}
			continue
		}
		if n == 0 && (e.tag != tagSubprogram || !e.children) {
			break
		}
		if e.tag == tagVariable || e.tag == tagParameter {
			expr := e.block
			if at, isList := e.get(attrLocation); isList && expr == nil {
				expr = d.listed(u, at, pc)
			}
			if len(expr) > 0 {
				name, typ := e.name, e.ref(attrType)
				if o := e.ref(attrOrigin); o != 0 && (len(name) == 0 || typ == 0) {
					if ou := d.unitOf(o); ou != nil {
						if oc := (cursor{d: d, u: ou, at: int(o)}); oc.next(origin) {
							name, typ = origin.name, origin.ref(attrType)
						}
					}
				}
				if len(name) > 0 && typ != 0 {
					out = append(out, onStack(expr, string(name), typ)...)
				}
			}
		}
		if e.children {
			depth++
		}
	}
	return out
}

// listed returns the expression that a location list has for pc (DWARF 5, section
// 7.7.3; DWARF 4, section 2.6.2), nil: there is none.
func (d *Data) listed(u *unit, at, pc uint64) []byte {
	if u.version >= 5 {
		return d.listed5(u, at, pc)
	}
	const word = 8
	base := u.low
	for n := 0; n < mostLocalEntries && at <= uint64(len(d.loc)) && uint64(len(d.loc))-at >= 2*word; n++ {
		b := d.loc[at:]
		lo, hi := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[word:])
		at += 2 * word
		switch {
		case lo == 0 && hi == 0:
			return nil
		case lo == ^uint64(0):
			base = hi
			continue
		}
		b = d.loc[at:]
		if len(b) < 2 {
			return nil
		}
		size := uint64(binary.LittleEndian.Uint16(b))
		if size > uint64(len(b)-2) {
			return nil
		}
		if pc >= base+lo && pc < base+hi {
			return b[2 : 2+size]
		}
		at += 2 + size
	}
	return nil
}

// The kinds of entries of a location list (DWARF 5, table 7.10).
const (
	listEnd = iota
	listBaseX
	listStartXEndX
	listStartXLength
	listOffsets
	listDefault
	listBase
	listStartEnd
	listStartLength
)

func (d *Data) listed5(u *unit, at, pc uint64) []byte {
	base := u.low
	if at > uint64(len(d.loclists)) {
		return nil
	}
	b := d.loclists[at:]
	ok := true
	number := func() uint64 {
		v, n := uleb(b)
		if n == 0 {
			ok = false
			return 0
		}
		b = b[n:]
		return v
	}
	word := func() uint64 {
		if len(b) < 8 {
			ok = false
			return 0
		}
		v := binary.LittleEndian.Uint64(b)
		b = b[8:]
		return v
	}
	indexed := func() uint64 {
		i := number()
		at := i*8 + u.addrBase
		if i > 1<<32 || at > uint64(len(d.addr)) || uint64(len(d.addr))-at < 8 {
			ok = false
			return 0
		}
		return binary.LittleEndian.Uint64(d.addr[at:])
	}
	for n := 0; n < mostLocalEntries && ok && len(b) > 0; n++ {
		kind := b[0]
		b = b[1:]
		var lo, hi uint64
		switch kind {
		case listBaseX:
			base = indexed()
			continue
		case listBase:
			base = word()
			continue
		case listStartXEndX:
			lo, hi = indexed(), indexed()
		case listStartXLength:
			lo = indexed()
			hi = lo + number()
		case listOffsets:
			lo, hi = base+number(), base+number()
		case listDefault:
			lo, hi = 0, ^uint64(0)
		case listStartEnd:
			lo, hi = word(), word()
		case listStartLength:
			lo = word()
			hi = lo + number()
		default: // the end, or unknown
			return nil
		}
		size := number()
		if !ok || size > uint64(len(b)) {
			return nil
		}
		if pc >= lo && pc < hi {
			return b[:size]
		}
		b = b[size:]
	}
	return nil
}

// Operations of location expressions (DWARF 5, table 7.9).
const (
	opConsts      = 0x11
	opPlus        = 0x22
	opPlusUconst  = 0x23
	opReg0        = 0x50
	opReg31       = 0x6f
	opRegX        = 0x90
	opFbreg       = 0x91
	opPiece       = 0x93
	opFrameCFA    = 0x9c
	mostPieces    = 64
	mostVariable  = 1 << 30
	farthestLocal = 1 << 30 // from the frame's address
)

// onStack returns the parts of a variable that an expression places at a distance from
// the frame's address. Go's functions have that as their frame base.
func onStack(expr []byte, name string, typ uint32) []Local {
	var out []Local
	var offset int64
	part := uint64(0)
	placed := false
	add := func(size uint64) {
		if placed && offset > -farthestLocal && offset < farthestLocal {
			out = append(out, Local{Name: name, Type: typ, Offset: offset, Part: part, Size: size})
		}
		placed, offset = false, 0
	}
	for b := expr; len(b) > 0 && len(out) < mostPieces; {
		op := b[0]
		b = b[1:]
		switch {
		case op == opFrameCFA:
			placed, offset = true, 0
		case op == opFbreg, op == opConsts:
			v, n := sleb(b)
			if n == 0 {
				return out
			}
			b = b[n:]
			if offset += v; op == opFbreg {
				placed, offset = true, v
			}
		case op == opPlusUconst:
			v, n := uleb(b)
			if n == 0 {
				return out
			}
			b, offset = b[n:], offset+int64(v)
		case op == opPlus:
		case op == opPiece:
			size, n := uleb(b)
			if n == 0 || size > mostVariable || part > mostVariable {
				return out
			}
			b = b[n:]
			add(size)
			part += size
		case op >= opReg0 && op <= opReg31:
			placed = false
		case op == opRegX:
			_, n := uleb(b)
			if n == 0 {
				return out
			}
			b, placed = b[n:], false
		default:
			return out
		}
	}
	if part == 0 {
		add(0)
	}
	return out
}
