package wasm

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
)

// Package syscall/js keeps the functions that js.FuncOf made in a variable
//
//	funcs = make(map[uint32]func(Value, []Value) any)
//
// until Release deletes them (syscall/js/func.go, Go 1.12 to 1.27). It is found in
// the memory by its form: a Swiss map (internal/runtime/maps, Go 1.24 to 1.27) all
// of whose values are functions of the module.
const (
	maxFuncs     = 1 << 22
	maxDirectory = 1 << 20
	groupSlots   = 8
	groupSize    = 8 + groupSlots*16 // control bytes, then key, padding and value
	funcBase     = 0x1000            // cmd/link/internal/wasm/asm.go, funcValueOffset
)

// funcsIn returns the PC of each function of js.FuncOf that is not released, by its
// id. ok is false where the map was not found: there is none when nothing was ever
// registered, or the program is of an older Go.
func funcsIn(mem []byte, funcs *gort.WasmFuncs) (found map[uint32]uint64, ok bool) {
	m := linear{mem, funcs}
	if len(mem) < groupSize {
		return nil, false
	}
	last := uint64(len(mem) - groupSize)
	// Variables lie below the heap; the first that fits is the variable.
	for at := uint64(8); at+8 <= uint64(len(mem)); at += 8 {
		p := binary.LittleEndian.Uint64(mem[at:])
		if p <= at || p%8 != 0 || p > last {
			continue
		}
		if found, ok := m.funcMap(p); ok {
			return found, true
		}
	}
	return nil, false
}

type linear struct {
	mem   []byte
	funcs *gort.WasmFuncs
}

func (m linear) word(at uint64) (uint64, bool) {
	if at%8 != 0 || at < 8 || at > uint64(len(m.mem))-8 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(m.mem[at:]), true
}

// funcMap reads the map at p: used, seed, directory, its length, depth and shift.
func (m linear) funcMap(p uint64) (map[uint32]uint64, bool) {
	used := binary.LittleEndian.Uint64(m.mem[p:])
	directory := binary.LittleEndian.Uint64(m.mem[p+16:])
	length := binary.LittleEndian.Uint64(m.mem[p+24:])
	depth := m.mem[p+32]
	if used == 0 || used > maxFuncs || directory%8 != 0 || directory < 8 || directory >= uint64(len(m.mem)) || length > maxDirectory || depth > 32 {
		return nil, false
	}
	out := make(map[uint32]uint64)
	if length == 0 { // one group
		if used > groupSlots || !m.group(directory, out) {
			return nil, false
		}
		return out, uint64(len(out)) == used
	}
	if length != 1<<depth {
		return nil, false
	}
	last := uint64(0)
	for i := range length {
		table, ok := m.word(directory + i*8)
		if !ok {
			return nil, false
		}
		if table == last {
			continue // it stands as often as its depth has it
		}
		last = table
		if !m.table(table, out) || len(out) > maxFuncs {
			return nil, false
		}
	}
	return out, uint64(len(out)) == used
}

// table reads one table: used, capacity, growth left, depth; index; groups, mask.
func (m linear) table(at uint64, out map[uint32]uint64) bool {
	groups, ok1 := m.word(at + 16)
	mask, ok2 := m.word(at + 24)
	if !ok1 || !ok2 || mask > maxFuncs || mask&(mask+1) != 0 {
		return false
	}
	for i := range mask + 1 {
		if !m.group(groups+i*groupSize, out) {
			return false
		}
	}
	return true
}

func (m linear) group(at uint64, out map[uint32]uint64) bool {
	if at%8 != 0 || at > uint64(len(m.mem)-groupSize) {
		return false
	}
	for i := range uint64(groupSlots) {
		switch c := m.mem[at+i]; {
		case c == 0x80 || c == 0xfe: // empty, deleted
		case c < 0x80:
			key := binary.LittleEndian.Uint64(m.mem[at+8+i*16:])
			closure, ok := m.word(binary.LittleEndian.Uint64(m.mem[at+16+i*16:]))
			if key>>32 != 0 || !ok || !m.entry(closure) {
				return false
			}
			out[uint32(key)] = closure
		default:
			return false
		}
	}
	return true
}

// entry reports whether pc is where a function begins.
func (m linear) entry(pc uint64) bool {
	if pc&0xffff != 0 || pc>>16 < funcBase || pc>>16 > funcBase+uint64(m.funcs.Len()) {
		return false
	}
	_, _, _, ok := m.funcs.At(int(pc>>16)-funcBase, 0)
	return ok
}

// countFuncs adds a look to what is known of a program's callbacks.
func countFuncs(into *evidence.WasmFuncs, at evidence.WasmFuncsLook, found map[uint32]uint64, n *names, funcs *gort.WasmFuncs) {
	at.Count = len(found)
	into.Looks = append(into.Looks, at)
	look := len(into.Looks) - 1
	counts := map[uint64]int{}
	for _, pc := range found {
		counts[pc]++
	}
	for pc, count := range counts {
		name, file, line, ok := funcs.At(int(pc>>16)-funcBase, 0)
		if !ok {
			continue
		}
		i := slices.IndexFunc(into.Sites, func(s evidence.WasmFuncsAt) bool { return s.Function == name })
		if i < 0 {
			if len(into.Sites) >= 4096 {
				continue
			}
			i = len(into.Sites)
			into.Sites = append(into.Sites, evidence.WasmFuncsAt{Frame: n.frame(name, file, line)})
		}
		s := &into.Sites[i]
		for len(s.Counts) <= look {
			s.Counts = append(s.Counts, 0)
		}
		s.Counts[look] += count
	}
	for i := range into.Sites {
		for len(into.Sites[i].Counts) <= look {
			into.Sites[i].Counts = append(into.Sites[i].Counts, 0)
		}
	}
	slices.SortStableFunc(into.Sites, func(a, b evidence.WasmFuncsAt) int {
		return cmp.Or(cmp.Compare(b.Counts[look], a.Counts[look]), cmp.Compare(a.Function, b.Function))
	})
}
