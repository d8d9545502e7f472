package cstack

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/go-delve/delve/pkg/dwarf/frame"
	"github.com/go-delve/delve/pkg/dwarf/op"
)

// Bounds of what is read of one description.
const (
	maxDescription = 16 << 10
	maxCommon      = 4 << 10
	maxSearch      = 1 << 26 // entries of a search table
	maxSection     = 4 << 20 // of an .eh_frame without a search table, which is read whole
	maxFrameSize   = 8 << 20 // what a frame pointer may be above the stack pointer
)

// Encodings of pointers in .eh_frame_hdr (Linux Standard Base, "DWARF Exception
// Header Encoding"): the only ones that linkers write.
const (
	encPCRel4   = 0x1b // relative to where it stands, signed, 4 bytes
	encUnsigned = 0x03 // 4 bytes
	encDataRel4 = 0x3b // relative to .eh_frame_hdr, signed, 4 bytes
)

var errNoRule = errors.New("no call frame information")

// searchTable is .eh_frame_hdr: pairs of a function's start and its description,
// ordered by start, relative to the header.
type searchTable struct{ at, base, count uint64 }

// rule is a description with the part that it has in common with others.
type rule struct {
	fde    *frame.FrameDescriptionEntry
	signal bool // a signal handler's frame: the pc above is no return address
}

func (u *Unwinder) searchTable(mod *module) *searchTable {
	if mod.table != nil {
		return mod.table
	}
	mod.table = &searchTable{}
	var h [12]byte
	if mod.hdr == 0 || u.memory.ReadAt(h[:], mod.hdr) != nil {
		return mod.table
	}
	if h[0] != 1 || h[1] != encPCRel4 || h[2] != encUnsigned || h[3] != encDataRel4 {
		return mod.table
	}
	count := uint64(binary.LittleEndian.Uint32(h[8:]))
	if count <= maxSearch {
		mod.table = &searchTable{at: mod.hdr + 12, base: mod.hdr, count: count}
	}
	return mod.table
}

// ruleFor finds the description of the code at pc.
func (u *Unwinder) ruleFor(mod *module, pc uint64) (*rule, error) {
	if mod == nil {
		return nil, errNoRule
	}
	t := u.searchTable(mod)
	low, high := uint64(0), t.count // the last entry at or below pc lies before high
	var description uint64
	for low < high {
		middle := (low + high) / 2
		var e [8]byte
		if err := u.memory.ReadAt(e[:], t.at+middle*8); err != nil {
			return nil, errNoRule
		}
		start := t.base + uint64(int64(int32(binary.LittleEndian.Uint32(e[:]))))
		if start > pc {
			high = middle
			continue
		}
		description = t.base + uint64(int64(int32(binary.LittleEndian.Uint32(e[4:]))))
		low = middle + 1
	}
	if t.count == 0 {
		return u.parsedRule(mod, pc)
	}
	if description == 0 {
		return nil, errNoRule
	}
	r, ok := u.rules[description]
	if !ok {
		var err error
		if r, err = u.readRule(description); err != nil {
			r = nil
		}
		u.rules[description] = r
	}
	if r == nil || !r.fde.Cover(pc) {
		return nil, errNoRule
	}
	return r, nil
}

// readRule reads one description and its common part and gives both to delve's
// parser as a section of their own.
func (u *Unwinder) readRule(at uint64) (r *rule, err error) {
	defer func() {
		if p := recover(); p != nil {
			r, err = nil, fmt.Errorf("parse call frame information: %v", p)
		}
	}()
	description, err := u.entry(at, maxDescription)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	back := uint64(le.Uint32(description[4:]))
	if back == 0 || back > at+4 {
		return nil, errNoRule
	}
	common, err := u.entry(at+4-back, maxCommon)
	if err != nil || le.Uint32(common[4:]) != 0 {
		return nil, errNoRule
	}
	section := append(common[:len(common):len(common)], description...)
	le.PutUint32(section[len(common)+4:], uint32(len(common)+4))
	// The parser takes addresses relative to the description from where it would
	// stand if the section began here.
	entries, err := frame.Parse(section, le, 0, 8, at-uint64(len(common)))
	if err != nil || len(entries) != 1 {
		return nil, errNoRule
	}
	return newRule(entries[0]), nil
}

func newRule(fde *frame.FrameDescriptionEntry) *rule {
	return &rule{fde: fde, signal: strings.Contains(fde.CIE.Augmentation, "S")}
}

// parsedRule is for a module without a search table, as gcc -static links: its
// whole .eh_frame is parsed, once, where the file's sections say it lies.
func (u *Unwinder) parsedRule(mod *module, pc uint64) (*rule, error) {
	if !mod.parsed {
		mod.parsed = true
		mod.entries = u.parseSection(mod)
	}
	fde, err := mod.entries.FDEForPC(pc)
	if err != nil {
		return nil, errNoRule
	}
	return newRule(fde), nil
}

func (u *Unwinder) parseSection(mod *module) (entries frame.FrameDescriptionEntries) {
	defer func() {
		if recover() != nil {
			entries = nil
		}
	}()
	if !strings.HasPrefix(mod.path, "/") {
		return nil
	}
	file, err := elf.Open(u.root + mod.path)
	if err != nil {
		return nil
	}
	defer file.Close()
	section := file.Section(".eh_frame")
	if section == nil || section.Size > maxSection {
		return nil
	}
	b := make([]byte, section.Size)
	at := mod.bias + section.Addr
	if u.memory.ReadAt(b, at) != nil {
		return nil
	}
	entries, err = frame.Parse(b, binary.LittleEndian, 0, 8, at)
	if err != nil {
		return nil
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Begin() < entries[j].Begin() })
	return entries
}

// entry reads a length and what it counts.
func (u *Unwinder) entry(at uint64, limit uint32) ([]byte, error) {
	var length [4]byte
	if err := u.memory.ReadAt(length[:], at); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(length[:])
	if n < 8 || n > limit {
		return nil, errNoRule
	}
	b := make([]byte, 4+n)
	return b, u.memory.ReadAt(b, at)
}

// step finds the caller of the frame at pc. cfa is the frame's canonical address.
func (u *Unwinder) step(mod *module, pc uint64, r Registers) (next Registers, cfa uint64, signal bool, stop Stop) {
	found, err := u.ruleFor(mod, pc)
	if err == nil {
		next, cfa, err = u.apply(found, pc, r)
		switch {
		case err == nil:
			return next, cfa, found.signal, ""
		case errors.Is(err, errEnd):
			return r, cfa, false, StopEnd
		case errors.Is(err, errRead):
			return r, cfa, false, StopRead
		}
	}
	next, cfa, ok := u.byFramePointer(r)
	if !ok {
		return r, 0, false, StopNoRule
	}
	return next, cfa, false, ""
}

var (
	errEnd  = errors.New("the thread's first frame")
	errRead = errors.New("the stack cannot be read")
)

// apply runs a rule.
func (u *Unwinder) apply(found *rule, pc uint64, r Registers) (next Registers, cfa uint64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("run call frame information: %v", p)
		}
	}()
	ctx, err := found.fde.EstablishFrame(pc)
	if err != nil {
		return r, 0, err
	}
	switch ctx.CFA.Rule {
	case frame.RuleCFA:
		if ctx.CFA.Reg >= numRegisters {
			return r, 0, errNoRule
		}
		cfa = r.Value[ctx.CFA.Reg] + uint64(ctx.CFA.Offset)
	case frame.RuleExpression:
		if cfa, err = u.expression(ctx.CFA.Expression, r, nil); err != nil {
			return r, 0, err
		}
	default:
		return r, 0, errNoRule
	}
	next = r
	next.Value[r.Arch.sp] = cfa
	ra := int(ctx.RetAddrReg)
	if ra >= numRegisters {
		return r, cfa, errNoRule
	}
	// On amd64 the return address is always in memory; on arm64 a leaf keeps it in x30.
	if _, ok := ctx.Regs[uint64(ra)]; !ok && (r.Arch == AMD64 || ra != r.Arch.ra) {
		return r, cfa, errEnd
	}
	for n, rule := range ctx.Regs {
		if n >= numRegisters {
			continue
		}
		v, err := u.value(rule, int(n), cfa, r)
		switch {
		case errors.Is(err, errEnd):
			if int(n) == ra {
				return r, cfa, errEnd
			}
			// Undefined, or restored: delve's parser forgets the common part's rules, and
			// both mean that the callee has not saved it.
		case err != nil:
			return r, cfa, err
		default:
			next.Value[n] = v
		}
	}
	next.PC = next.Value[ra]
	return next, cfa, nil
}

// value restores one register.
func (u *Unwinder) value(rule frame.DWRule, n int, cfa uint64, r Registers) (uint64, error) {
	switch rule.Rule {
	case frame.RuleSameVal:
		return r.Value[n], nil
	case frame.RuleOffset:
		return u.word(cfa + uint64(rule.Offset))
	case frame.RuleValOffset:
		return cfa + uint64(rule.Offset), nil
	case frame.RuleRegister:
		if rule.Reg < numRegisters {
			return r.Value[rule.Reg], nil
		}
	case frame.RuleExpression:
		at, err := u.expression(rule.Expression, r, &cfa)
		if err != nil {
			return 0, err
		}
		return u.word(at)
	case frame.RuleValExpression:
		return u.expression(rule.Expression, r, &cfa)
	case frame.RuleUndefined:
		return 0, errEnd
	}
	return 0, errNoRule
}

func (u *Unwinder) word(at uint64) (uint64, error) {
	var b [8]byte
	if u.memory.ReadAt(b[:], at) != nil {
		return 0, errRead
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

// expression runs a DWARF expression, with the canonical frame address on its
// stack where the rule is a register's.
func (u *Unwinder) expression(code []byte, r Registers, cfa *uint64) (uint64, error) {
	if !straight(code) {
		return 0, errNoRule
	}
	if cfa != nil {
		const const8u = 0x0e
		code = append(binary.LittleEndian.AppendUint64([]byte{const8u}, *cfa), code...)
	}
	regs := make([]*op.DwarfRegister, numRegisters)
	for i := range regs {
		regs[i] = op.DwarfRegisterFromUint64(r.Value[i])
	}
	if r.Arch == AMD64 {
		regs[AMD64.ra] = op.DwarfRegisterFromUint64(r.PC)
	}
	d := op.NewDwarfRegisters(0, regs, binary.LittleEndian, uint64(r.Arch.ra), uint64(r.Arch.sp), uint64(r.Arch.fp), 0)
	v, _, err := op.ExecuteStackProgram(*d, code, 8, func(p []byte, addr uint64) (int, error) {
		if err := u.memory.ReadAt(p, addr); err != nil {
			return 0, errRead
		}
		return len(p), nil
	})
	return uint64(v), err
}

// straight reports whether an expression has only operations without jumps, so
// that it ends: those that compilers and the C library write.
func straight(code []byte) bool {
	leb := func(i int) int {
		for i < len(code) && code[i]&0x80 != 0 {
			i++
		}
		return i + 1
	}
	for i := 0; i < len(code); {
		switch c := code[i]; {
		case c >= 0x30 && c <= 0x4f, c == 0x06, c >= 0x12 && c <= 0x14, c == 0x16, c == 0x17,
			c >= 0x19 && c <= 0x22, c >= 0x24 && c <= 0x27, c >= 0x29 && c <= 0x2e, c == 0x96:
			i++ // literals, deref, stack and arithmetic operations, comparisons, nop
		case c == 0x08, c == 0x09:
			i += 2
		case c == 0x0a, c == 0x0b:
			i += 3
		case c == 0x0c, c == 0x0d:
			i += 5
		case c == 0x0e, c == 0x0f:
			i += 9
		case c == 0x10, c == 0x11, c == 0x23, c >= 0x70 && c <= 0x8f:
			i = leb(i + 1) // constants, plus_uconst, register and offset
		default:
			return false
		}
	}
	return len(code) > 0
}

// byFramePointer is for code without call frame information: both architectures
// store the caller's frame pointer and the return address side by side.
func (u *Unwinder) byFramePointer(r Registers) (next Registers, cfa uint64, ok bool) {
	fp, sp := r.Value[r.Arch.fp], r.Value[r.Arch.sp]
	if fp < sp || fp-sp > maxFrameSize || fp%8 != 0 {
		return r, 0, false
	}
	caller, err := u.word(fp)
	if err != nil {
		return r, 0, false
	}
	pc, err := u.word(fp + 8)
	if err != nil {
		return r, 0, false
	}
	if m := u.mapping(pc); m == nil || !m.Exec {
		return r, 0, false
	}
	next = r
	next.Value[r.Arch.fp], next.Value[r.Arch.sp], next.Value[r.Arch.ra] = caller, fp+16, pc
	next.PC = pc
	return next, fp + 16, true
}
