package native

import (
	"debug/elf"

	"golang.org/x/arch/x86/x86asm"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// A program that is linked with musl statically and stripped has no symbol of malloc,
// but code of Go's own that calls it (runtime/cgo, gcc_util.c and gcc_linux.c): the
// runtime begins a thread through x_cgo_thread_start, whose address it keeps in a
// variable; that has malloc called for 24 bytes, and what it then jumps to hands
// threadentry to the new thread, which first of all calls free. In musl, calloc and
// realloc call these two; with other allocators, what they do would not be seen.

// The size of ThreadStart in runtime/cgo/libcgo.h, and how many instructions of a
// function are looked at.
const (
	threadStart   = 24
	lookedThrough = 150
)

// strippedSites finds the places in such a program.
func strippedSites(f *elf.File, prog *gort.Program, maps []proc.Mapping) (*Sites, error) {
	if f.Machine != elf.EM_X86_64 || malloc.Recognise(maps) != malloc.None || malloc.Identify(prog.Memory(), maps) != malloc.Musl {
		return nil, errNoMalloc
	}
	c := &cgoCode{prog: prog, code: codeOf(f)}
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			c.bias = maps[0].Start - (p.Vaddr &^ 4095)
			break
		}
	}
	alloc, free := c.find()
	if alloc == 0 || free == 0 {
		return nil, errNoMalloc
	}
	s := findSites(f, map[string]uint64{"malloc": alloc, "free": free}, true)
	if s.Missing = nil; len(s.Sites) < 3 { // where it is entered, left, and freed
		return nil, errNoMalloc
	}
	s.Stripped = true
	return s, nil
}

// cgoCode is the program's code. Addresses are those of the file.
type cgoCode struct {
	prog *gort.Program
	code func(uint64) []byte
	bias uint64 // from there to those in memory
}

// each calls f with the instructions from an address on, in the order in which they
// lie, until it returns false.
func (c *cgoCode) each(at uint64, f func(at, next uint64, in *x86asm.Inst) bool) {
	for range lookedThrough {
		size, in, known := gort.Instruction(c.code(at))
		if size == 0 {
			return
		}
		if !known {
			in = x86asm.Inst{}
		}
		if !f(at, at+uint64(size), &in) {
			return
		}
		at += uint64(size)
	}
}

// isC: code lies there, and it is not Go's.
func (c *cgoCode) isC(at uint64) bool {
	return at != 0 && len(c.code(at)) > 0 && !c.prog.IsText(at+c.bias)
}

// find follows the way described above. 0: it was not found.
func (c *cgoCode) find() (alloc, free uint64) {
	for _, fn := range c.prog.Lookup("runtime.newm1", "runtime.newm") {
		for _, start := range c.variables(fn) {
			if alloc, free = c.threadStart(start); alloc != 0 && free != 0 {
				return alloc, free
			}
		}
	}
	return 0, 0
}

// variables are the addresses of C functions in variables that a function of Go's reads.
func (c *cgoCode) variables(fn gort.Func) (out []uint64) {
	c.each(fn.Entry-c.bias, func(_, next uint64, in *x86asm.Inst) bool {
		if m, ok := in.Args[1].(x86asm.Mem); ok && in.Op == x86asm.MOV && m.Base == x86asm.RIP {
			if v, ok := c.prog.Word(behind(next, m) + c.bias); ok && c.isC(v-c.bias) {
				out = append(out, v-c.bias)
			}
		}
		return next+c.bias < fn.End
	})
	return out
}

// threadStart looks for malloc in what may be x_cgo_thread_start, and for free in what
// it hands on.
func (c *cgoCode) threadStart(at uint64) (alloc, free uint64) {
	var then []uint64
	sized := false
	c.each(at, func(_, next uint64, in *x86asm.Inst) bool {
		to, calls := target(next, in)
		switch {
		case calls && alloc == 0:
			if !sized {
				return false
			}
			alloc = c.beyond(to)
		case calls && c.isC(to):
			then = append(then, to)
		case in.Op == x86asm.MOV && in.Args[0] == x86asm.EDI:
			size, ok := in.Args[1].(x86asm.Imm)
			sized = ok && size == threadStart
		}
		return in.Op != x86asm.RET && len(then) < 4 && !(in.Op == x86asm.JMP && alloc != 0)
	})
	for _, to := range then {
		if free := c.threadEntry(to); free != 0 {
			return alloc, free
		}
	}
	return alloc, 0
}

// threadEntry looks for a function that is handed on as the third argument, and begins
// with free of what it is given.
func (c *cgoCode) threadEntry(at uint64) (free uint64) {
	c.each(at, func(_, next uint64, in *x86asm.Inst) bool {
		var entry uint64
		switch v := in.Args[1].(type) {
		case x86asm.Mem:
			if in.Op == x86asm.LEA && in.Args[0] == x86asm.RDX && v.Base == x86asm.RIP {
				entry = behind(next, v)
			}
		case x86asm.Imm:
			if in.Op == x86asm.MOV && (in.Args[0] == x86asm.EDX || in.Args[0] == x86asm.RDX) {
				entry = uint64(v)
			}
		}
		if c.isC(entry) {
			c.each(entry, func(_, next uint64, in *x86asm.Inst) bool {
				if to, calls := target(next, in); calls {
					free = c.beyond(to)
					return false
				}
				writes, _ := writesTo(*in, x86asm.RDI)
				return !writes
			})
		}
		return free == 0 && in.Op != x86asm.RET
	})
	return free
}

// beyond is where a function leads that is but a jump: musl's malloc and free are, and
// its realloc calls what is behind.
func (c *cgoCode) beyond(at uint64) uint64 {
	for range 3 {
		size, in, known := gort.Instruction(c.code(at))
		to, jumps := target(at+uint64(size), &in)
		if !known || in.Op != x86asm.JMP || !jumps {
			break
		}
		at = to
	}
	if !c.isC(at) {
		return 0
	}
	return at
}

// target is where a direct call or jump leads.
func target(next uint64, in *x86asm.Inst) (to uint64, ok bool) {
	rel, ok := in.Args[0].(x86asm.Rel)
	if !ok || in.Op != x86asm.CALL && in.Op != x86asm.JMP {
		return 0, false
	}
	return next + uint64(int64(rel)), true
}

// behind is the address of what lies at a distance from the next instruction, of 32 bits.
func behind(next uint64, m x86asm.Mem) uint64 { return next + uint64(int64(int32(m.Disp))) }
