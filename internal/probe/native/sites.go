package native

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/arch/x86/x86asm"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/native/bpf"
)

// Where allocations are seen. A function that allocates returns in rax. A probe on
// its RET would be single-stepped by the kernel, at ten times the cost; so each way
// through the function is marked at the first instruction that the kernel emulates
// and after which rax is not changed any more. Often that is a conditional jump
// which means it on one of its ways only: then the condition is looked at when the
// place is passed. A function that frees is marked where its argument is in rdi
// still.

// What the functions of a C library do. strdup and the like call malloc, and
// reallocarray calls realloc.
var (
	allocates = []string{"malloc", "calloc", "realloc", "memalign", "aligned_alloc", "posix_memalign", "valloc", "pvalloc"}
	frees     = []string{"free", "cfree", "free_sized", "free_aligned_sized", "realloc"}
)

// Sites are the places of one library.
type Sites struct {
	Sites   []bpf.Site
	Stepped int // of them: dear
	Calls   int // of them, that are calls
	Missing []string
	// Stripped: only malloc and free were found, by what calls them.
	Stripped bool
}

var errNoMalloc = errors.New("it exports no malloc and free")

// sizes says by which argument each function that allocates is told how much.
var sizes = map[string]uint8{"malloc": 0, "calloc": bpf.Product, "realloc": 1, "memalign": 1, "aligned_alloc": 1, "posix_memalign": 2, "valloc": 0, "pvalloc": 0}

// FindSites finds the places in a library, or in a program that is linked statically;
// asked: also where the functions are entered, with the size that is asked for.
func FindSites(f *elf.File, asked bool) (*Sites, error) {
	funcs, err := functions(f)
	if err != nil {
		return nil, err
	}
	return findSites(f, funcs, asked), nil
}

// functions are those of a file by name.
func functions(f *elf.File) (map[string]uint64, error) {
	if f.Machine != elf.EM_X86_64 {
		return nil, fmt.Errorf("the code is for %v", f.Machine)
	}
	funcs := map[string]uint64{}
	// What others may call; else, of a program that is linked statically, what it has.
	for _, table := range []func() ([]elf.Symbol, error){f.DynamicSymbols, f.Symbols} {
		syms, err := table()
		if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
			return nil, err
		}
		for _, s := range syms {
			if elf.ST_TYPE(s.Info) == elf.STT_FUNC && elf.ST_BIND(s.Info) != elf.STB_LOCAL && s.Value != 0 && s.Section != elf.SHN_UNDEF {
				if _, ok := funcs[s.Name]; !ok {
					funcs[s.Name] = s.Value
				}
			}
		}
		if funcs["malloc"] != 0 && funcs["free"] != 0 {
			return funcs, nil
		}
	}
	return nil, errNoMalloc
}

func findSites(f *elf.File, funcs map[string]uint64, asked bool) *Sites {
	out, code := &Sites{}, codeOf(f)
	seen := map[uint64]bool{}
	add := func(kind bpf.Kind, from []found, outer bool) {
		for _, s := range from {
			off, ok := offsetOf(f, s.addr)
			if !ok || seen[s.addr] {
				continue
			}
			seen[s.addr] = true
			if s.stepped {
				out.Stepped++
			}
			if b := code(s.addr); len(b) > 0 && b[0] == 0xe8 {
				out.Calls++
			}
			out.Sites = append(out.Sites, bpf.Site{Offset: off, Kind: kind, Cond: s.cond, Up: s.up, Outer: outer})
		}
	}
	leaf := map[uint64]bool{} // with what calloc may end, and everybody calls
	for _, name := range []string{"memset", "memcpy", "memmove"} {
		if s, ok := funcs[name]; ok {
			leaf[s] = true
		}
	}
	for _, name := range allocates {
		s, ok := funcs[name]
		if off, in := offsetOf(f, s); asked && ok && in && !seen[s] {
			seen[s] = true
			kind := bpf.Will
			if name == "realloc" {
				kind = bpf.FreesWill
			}
			out.Sites = append(out.Sites, bpf.Site{Offset: off, Kind: kind, Cond: sizes[name]})
		}
	}
	for _, name := range frees {
		if s, ok := funcs[name]; ok && !(asked && name == "realloc") {
			add(bpf.Frees, analyse(code, s, nil, leaf).entry(), false)
		}
	}
	end := map[uint64]bool{} // where a way out of an allocating function leads to no allocation
	for _, name := range frees {
		if s, ok := funcs[name]; ok && name != "realloc" {
			end[s] = true
		}
	}
	inner := map[uint64]bool{} // posix_memalign and memalign call the same function
	for _, name := range allocates {
		s, ok := funcs[name]
		if !ok {
			continue
		}
		a := analyse(code, s, end, leaf)
		if name == "posix_memalign" { // returns an error number: what it calls allocates
			known := false
			for at := range a.calls {
				known = known || inner[at]
			}
			if !known {
				out.Missing = append(out.Missing, name)
			}
			continue
		}
		if name == "memalign" || name == "aligned_alloc" {
			for at := range a.tails {
				inner[at] = true
			}
		}
		got := a.results()
		if len(got) == 0 {
			out.Missing = append(out.Missing, name)
		}
		add(bpf.Allocates, got, name != "malloc")
		if name == "calloc" { // what memset is given it returns
			add(bpf.Clears, a.leaves, true)
		}
	}
	slices.SortFunc(out.Sites, func(a, b bpf.Site) int { return int(int64(a.Offset) - int64(b.Offset)) })
	return out
}

func offsetOf(f *elf.File, addr uint64) (uint64, bool) {
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && addr >= p.Vaddr && addr < p.Vaddr+p.Filesz {
			return addr - p.Vaddr + p.Off, true
		}
	}
	return 0, false
}

// codeOf reads a library's code: at most 16 bytes, an instruction.
func codeOf(f *elf.File) func(addr uint64) []byte {
	var segs []*elf.Prog
	text := map[*elf.Prog][]byte{}
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && p.Flags&elf.PF_X != 0 && p.Filesz < 1<<30 {
			segs = append(segs, p)
		}
	}
	return func(addr uint64) []byte {
		for _, p := range segs {
			if addr < p.Vaddr || addr >= p.Vaddr+p.Filesz {
				continue
			}
			b := text[p]
			if b == nil {
				b = make([]byte, p.Filesz)
				if _, err := p.ReadAt(b, 0); err != nil {
					return nil
				}
				text[p] = b
			}
			b = b[addr-p.Vaddr:]
			return b[:min(len(b), 16)]
		}
		return nil
	}
}

// found is a place.
type found struct {
	addr    uint64
	cond    uint8
	up      uint16
	stepped bool
}

// flow is a function's instructions, by address.
type flow struct {
	start  uint64
	ins    map[uint64]*insn
	tails  map[uint64]bool // functions that it jumps to
	calls  map[uint64]bool
	leaves []found // jumps to functions of other libraries, or such as are chosen when it is loaded
}

// insn is one instruction.
type insn struct {
	size       int
	next       []uint64 // a conditional jump: where it leads to, then what follows
	ret        bool
	writes     bool  // rax
	zero       bool  // with 0
	writesArg  bool  // rdi
	emulated   bool  // by the kernel
	cc         uint8 // of a conditional jump, and 16
	up         int   // bytes from the stack pointer to the return address, before it
	upUnknown  bool
	final      bool // rax is the result, after it
	jumpsAlone bool // an unconditional jump
}

const mostInsns = 20000

// analyse follows a function from its entry, also into functions that it ends by
// jumping to, but for those in end and leaf.
func analyse(code func(uint64) []byte, entry uint64, end, leaf map[uint64]bool) *flow {
	f := &flow{start: entry, ins: map[uint64]*insn{}, tails: map[uint64]bool{}, calls: map[uint64]bool{}}
	type place struct {
		at      uint64
		up      int
		unknown bool
	}
	todo := []place{{entry, 0, false}}
	for len(todo) > 0 && len(f.ins) < mostInsns {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if was := f.ins[p.at]; was != nil {
			if was.up != p.up {
				was.upUnknown = true
			}
			continue
		}
		if end[p.at] {
			continue
		}
		b := code(p.at)
		size, in, known := gort.Instruction(b)
		if size == 0 {
			continue
		}
		i := &insn{size: size, up: p.up, upUnknown: p.unknown, emulated: gort.Emulated(b)}
		f.ins[p.at] = i
		up, unknown, goesOn := p.up, p.unknown, true
		next := p.at + uint64(size)
		if known {
			i.writes, i.zero = writesTo(in, x86asm.RAX)
			i.writesArg, _ = writesTo(in, x86asm.RDI)
			up, unknown = moveStack(in, up, unknown)
			rel, direct := in.Args[0].(x86asm.Rel)
			to := next + uint64(int64(rel))
			switch op := in.Op; {
			case op == x86asm.RET:
				i.ret, goesOn = true, false
			case op == x86asm.JMP:
				goesOn, i.jumpsAlone = false, true
				if direct {
					if p.up == 0 && !p.unknown {
						f.tails[to] = true
						if isPLT(code(to)) || leaf[to] {
							f.leaves = append(f.leaves, found{addr: p.at})
						}
					}
					if leaf[to] {
						break
					}
					i.next = append(i.next, to)
				}
			case op == x86asm.CALL:
				if direct {
					f.calls[to] = true
				}
			case op == x86asm.UD2, op == x86asm.HLT, op == x86asm.INT:
				goesOn = false
			case direct && isCond(b):
				i.cc = cond(b) | 16
				i.next = append(i.next, to)
			}
		}
		if goesOn {
			i.next = append(i.next, next)
		}
		for _, n := range i.next {
			todo = append(todo, place{n, up, unknown})
		}
	}
	f.finals()
	return f
}

// finals finds the instructions after which rax is not changed any more, on no way.
func (f *flow) finals() {
	for _, i := range f.ins {
		i.final = i.ret || len(i.next) > 0
	}
	for changed := true; changed; {
		changed = false
		for _, i := range f.ins {
			if !i.final || i.ret {
				continue
			}
			for _, n := range i.next {
				if !f.keeps(n) {
					i.final, changed = false, true
					break
				}
			}
		}
	}
}

// keeps: from n on rax is not changed.
func (f *flow) keeps(n uint64) bool {
	i := f.ins[n]
	return i != nil && !i.writes && i.final
}

// entry are the places that each way into the function passes, the cheapest.
func (f *flow) entry() []found {
	var out []found
	seen := map[uint64]bool{}
	var visit func(at uint64)
	visit = func(at uint64) {
		i := f.ins[at]
		if i == nil || seen[at] {
			return
		}
		seen[at] = true
		lost := i.writesArg
		for _, n := range i.next {
			lost = lost || f.ins[n] == nil
		}
		if i.emulated || lost || i.ret || len(i.next) == 0 {
			out = append(out, found{addr: at, up: bpf.NoReturn, stepped: !i.emulated})
			return
		}
		for _, n := range i.next {
			visit(n)
		}
	}
	visit(f.start)
	return out
}

// isPLT reports whether a stub of the dynamic linker is there: an indirect jump.
func isPLT(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte{0xf3, 0x0f, 0x1e, 0xfa}) // endbr64
	b = bytes.TrimPrefix(b, []byte{0xf2})                   // bnd
	return bytes.HasPrefix(b, []byte{0xff, 0x25})
}

func isCond(b []byte) bool {
	return b[0] >= 0x70 && b[0] <= 0x7f || b[0] == 0x0f && len(b) > 1 && b[1] >= 0x80 && b[1] <= 0x8f
}

func cond(b []byte) uint8 {
	if b[0] == 0x0f {
		return b[1] & 15
	}
	return b[0] & 15
}

// moveStack says how far the return address is after an instruction.
func moveStack(in x86asm.Inst, up int, unknown bool) (int, bool) {
	sp := in.Args[0] == x86asm.RSP
	imm, isImm := in.Args[1].(x86asm.Imm)
	switch in.Op {
	case x86asm.PUSH:
		return up + 8, unknown
	case x86asm.POP:
		return up - 8, unknown
	case x86asm.SUB:
		if sp {
			return up + int(imm), unknown || !isImm
		}
	case x86asm.ADD:
		if sp {
			return up - int(imm), unknown || !isImm
		}
	case x86asm.LEAVE, x86asm.ENTER:
		return up, true
	case x86asm.CMP, x86asm.TEST:
	default:
		if sp {
			return up, true
		}
	}
	return up, unknown
}

// writesTo reports whether an instruction changes a register, RAX or RDI, in whole or
// in part; zero: it sets it to 0.
func writesTo(in x86asm.Inst, reg x86asm.Reg) (writes, zero bool) {
	names := map[x86asm.Reg][]x86asm.Reg{
		x86asm.RAX: {x86asm.RAX, x86asm.EAX, x86asm.AX, x86asm.AL, x86asm.AH},
		x86asm.RDI: {x86asm.RDI, x86asm.EDI, x86asm.DI, x86asm.DIB},
	}[reg]
	is := func(a x86asm.Arg) bool {
		r, ok := a.(x86asm.Reg)
		return ok && slices.Contains(names, r)
	}
	switch in.Op {
	case x86asm.CALL, x86asm.SYSCALL, x86asm.SYSENTER, x86asm.INT:
		return true, false // a callee may change both
	case x86asm.CMP, x86asm.TEST, x86asm.PUSH, x86asm.JMP, x86asm.BT, x86asm.NOP, x86asm.RET, x86asm.COMISD, x86asm.UCOMISD, x86asm.COMISS, x86asm.UCOMISS:
		return false, false
	case x86asm.XCHG, x86asm.XADD:
		return is(in.Args[0]) || is(in.Args[1]), false
	case x86asm.XOR, x86asm.SUB:
		return is(in.Args[0]), is(in.Args[0]) && in.Args[0] == in.Args[1]
	case x86asm.MOV:
		imm, ok := in.Args[1].(x86asm.Imm)
		return is(in.Args[0]), ok && imm == 0 && is(in.Args[0])
	case x86asm.MUL, x86asm.DIV, x86asm.IDIV, x86asm.CMPXCHG, x86asm.CMPXCHG8B, x86asm.CMPXCHG16B, x86asm.CBW, x86asm.CWDE, x86asm.CDQE,
		x86asm.CPUID, x86asm.RDTSC, x86asm.RDTSCP, x86asm.LODSB, x86asm.LODSD, x86asm.LODSQ, x86asm.LODSW, x86asm.LAHF, x86asm.IN, x86asm.XGETBV:
		return reg == x86asm.RAX || is(in.Args[0]), false
	case x86asm.IMUL:
		return is(in.Args[0]) || reg == x86asm.RAX && in.Args[1] == nil, false
	case x86asm.MOVSB, x86asm.MOVSW, x86asm.MOVSD, x86asm.MOVSQ, x86asm.STOSB, x86asm.STOSW, x86asm.STOSD, x86asm.STOSQ, x86asm.SCASB, x86asm.CMPSB:
		return reg == x86asm.RDI || is(in.Args[0]), false
	}
	return is(in.Args[0]), false
}
