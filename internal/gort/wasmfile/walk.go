package wasmfile

import "slices"

// step is one instruction of a function's code.
type step struct {
	op    byte
	at    int64 // of its first byte, in the file
	value int64 // of a constant, and of local.get its local
	depth int   // of the blocks in which it stands; for an end: behind it
	table []uint32
}

// walk calls visit for each instruction of the function number i of those that the module
// defines, until it returns false. It reports false where the code has instructions that
// Go's compiler does not write, or breaks off.
func (m *Module) walk(i int, visit func(s step) bool) bool {
	if i < 0 || i >= len(m.Bodies) {
		return false
	}
	b := m.Bodies[i]
	r := &reader{b: m.bytes, at: int(b.At), end: int(b.At + b.Size), section: "code"}
	for range r.count(2, "locals") {
		r.u32("a number of locals")
		r.byte("a type")
	}
	depth := 0
	for r.err == nil && r.left() > 0 {
		s := step{at: int64(r.at)}
		s.op = r.byte("an instruction")
		switch op := s.op; {
		case op == opBlock || op == opLoop || op == opIf:
			r.signed(33, "a block's type")
			depth++
		case op == 0x0b: // end
			depth--
		case op == 0x0e: // br_table
			for range r.count(1, "labels") + 1 {
				s.table = append(s.table, r.u32("a label"))
			}
		case op == 0x11 || op == 0x13: // call_indirect
			r.u32("a type")
			r.u32("a table")
		case op == 0x0c || op == 0x0d || op == 0x10 || op == 0x12 || op >= 0x20 && op <= 0x26 || op == 0x3f || op == 0x40 || op == 0xd2:
			s.value = int64(r.u32("an index"))
		case op >= firstLoad && op <= lastStore:
			if r.u32("an alignment")&0x40 != 0 {
				r.u32("a memory")
			}
			r.unsigned(64, "an offset")
		case op == 0x1c:
			for range r.count(1, "types") {
				r.byte("a type")
			}
		case op == 0x41:
			s.value = r.signed(32, "a constant")
		case op == 0x42:
			s.value = r.signed(64, "a constant")
		case op == 0x43:
			r.bytes(4, "a constant")
		case op == 0x44:
			r.bytes(8, "a constant")
		case op == 0xd0:
			r.byte("a type")
		case op == 0xfc:
			switch n := r.u32("an instruction"); {
			case n <= 7:
			case n == 8 || n == 10 || n == 12 || n == 14:
				r.u32("an index")
				r.u32("an index")
			case n <= 17:
				r.u32("an index")
			default:
				return false
			}
		case op > 0xc4 && op != 0xd1:
			return false
		}
		if s.depth = depth; r.err != nil || !visit(s) {
			return r.err == nil
		}
	}
	return r.err == nil
}

// Constants are the integer constants in the code of the function number i of those that
// the module defines; nil where the code is not read.
func (m *Module) Constants(i int) []uint64 {
	var out []uint64
	if !m.walk(i, func(s step) bool {
		if s.op == 0x41 || s.op == 0x42 {
			out = append(out, uint64(s.value))
		}
		return true
	}) {
		return nil
	}
	return out
}

// FuncAt is the number, of those that the module defines, of the function that has the
// byte at an offset in the file; -1 if none has.
func (m *Module) FuncAt(offset int64) int {
	lo, hi := 0, len(m.Bodies)
	for lo < hi {
		mid := (lo + hi) / 2
		if b := m.Bodies[mid]; offset < b.At {
			hi = mid
		} else if offset >= b.At+b.Size {
			lo = mid + 1
		} else {
			return mid
		}
	}
	return -1
}

// Resumes returns the lowest of the numbers at which Go's code would go on in the piece of
// a function that has the byte at an offset in the file: 0 is the function's beginning,
// and -1 says that it is about to jump to where its first local says.
// Go's compiler begins each function with a table of jumps, from such a number to the end
// of one of the blocks around it (cmd/internal/obj/wasm/wasmobj.go, assemble; Go 1.11 to
// 1.27). ok is false where the code has another form.
func (m *Module) Resumes(offset int64) (number int, ok bool) {
	var table []uint32
	all, least := 0, 0
	if !m.walk(m.FuncAt(offset), func(s step) bool {
		if table == nil && s.op == 0x0e {
			table, all, least = s.table, s.depth, s.depth
		} else if table != nil {
			least = min(least, s.depth)
		}
		return s.at < offset || table == nil
	}) {
		return 0, false
	}
	if table == nil {
		return 0, true // nothing jumps
	}
	label := all - least - 1
	if label < 0 {
		return -1, true
	}
	i := slices.Index(table, uint32(label))
	return i, i >= 0
}
