// Package cstack unwinds the C part of a thread's stack: from its registers,
// through libraries without frame pointers, up to where Go code begins.
//
// The call frame information (.eh_frame) is read from the target's own memory,
// where the loader has put it: only the binary search table's entries and the
// one description that is needed, so that a library of 100 MB costs some reads,
// and a deleted file, another mount namespace or the vdso make no difference.
// Only names come from the files. All of it is untrusted: lengths and depths are
// bounded, and garbage ends the stack. It knows nothing of Go but where its code
// lies. Start at [New] and [Unwinder.Unwind]; cfi.go finds and runs the rules of
// a frame, symbols.go names it.
package cstack

import (
	"path"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/proc"
)

// Bounds of one stack. The time is for descriptions made to be slow: a real stack
// takes some milliseconds, most of it for reading symbols the first time.
const (
	maxDepth = 256
	maxTime  = time.Second
)

// Memory is the target's address space; proc.Memory serves.
type Memory interface {
	// ReadAt fills p from addr, or fails: a short read is an error.
	ReadAt(p []byte, addr uint64) error
}

// Arch is a processor: how DWARF numbers its registers (the psABI's tables).
type Arch struct{ sp, fp, ra int }

// The architectures.
var (
	AMD64 = &Arch{sp: 7, fp: 6, ra: 16}
	ARM64 = &Arch{sp: 31, fp: 29, ra: 30}
)

// numRegisters is one more than the highest DWARF register number in use.
const numRegisters = 34

// Registers are a thread's, by DWARF number.
type Registers struct {
	Arch  *Arch
	PC    uint64
	Value [numRegisters]uint64
}

// RegistersAMD64 takes what unwinding needs on amd64.
func RegistersAMD64(rip, rsp, rbp, rbx, r12, r13, r14, r15 uint64) Registers {
	r := Registers{Arch: AMD64, PC: rip}
	r.Value[3], r.Value[6], r.Value[7] = rbx, rbp, rsp
	r.Value[12], r.Value[13], r.Value[14], r.Value[15], r.Value[16] = r12, r13, r14, r15, rip
	return r
}

// RegistersARM64 takes x0 to x30, sp and pc.
func RegistersARM64(x []uint64, sp, pc uint64) Registers {
	r := Registers{Arch: ARM64, PC: pc}
	copy(r.Value[:31], x)
	r.Value[31] = sp
	return r
}

// Stop says why a stack ends where it does.
type Stop string

// The stops.
const (
	StopGo       Stop = "go"       // Go code begins: the stack is whole
	StopEnd      Stop = "end"      // the thread's start: the stack is whole
	StopDepth    Stop = "depth"    // 256 frames
	StopUnmapped Stop = "unmapped" // the next address is no code
	StopNoRule   Stop = "no-rule"  // code without call frame information, such as a driver's generated code
	StopRead     Stop = "read"     // the stack cannot be read
	StopStuck    Stop = "stuck"    // the stack pointer does not move up
	StopTime     Stop = "time"     // it took longer than a second
)

// Whole reports whether nothing is missing.
func (s Stop) Whole() bool { return s == StopGo || s == StopEnd }

// Stack is what was unwound.
type Stack struct {
	Frames []evidence.Frame // innermost first, without the Go frame that it ends at
	Stop   Stop
	// After are the registers where it ended: the Go frame's with StopGo.
	After Registers
}

// Options of an Unwinder.
type Options struct {
	IsGo  func(pc uint64) bool // whether pc lies in Go's text; nil: nowhere
	Root  string               // put before the paths of the mappings: "/proc/PID/root"
	Names *Names               // keeps the files' symbols between unwinders; nil: a new one
}

// Unwinder unwinds the threads of one target. It is not for concurrent use.
type Unwinder struct {
	memory  Memory
	maps    []proc.Mapping // ordered by Start
	isGo    func(uint64) bool
	root    string
	names   *Names
	modules map[uint64]*module // by base address
	rules   map[uint64]*rule   // by the address of the description
}

// New returns an unwinder of a target with these mappings.
func New(memory Memory, maps []proc.Mapping, o Options) *Unwinder {
	u := &Unwinder{memory: memory, isGo: o.IsGo, root: o.Root, names: o.Names,
		modules: map[uint64]*module{}, rules: map[uint64]*rule{}}
	if u.isGo == nil {
		u.isGo = func(uint64) bool { return false }
	}
	if u.names == nil {
		u.names = NewNames()
	}
	u.maps = append(u.maps, maps...)
	sort.Slice(u.maps, func(i, j int) bool { return u.maps[i].Start < u.maps[j].Start })
	return u
}

// Unwind walks the stack from r.
func (u *Unwinder) Unwind(r Registers) Stack {
	var s Stack
	if r.Arch == nil {
		return Stack{Stop: StopNoRule}
	}
	deadline := time.Now().Add(maxTime)
	exact := true // the pc is where execution stands, not a return address
	for {
		s.After = r
		if u.isGo(r.PC) {
			s.Stop = StopGo
			return s
		}
		if len(s.Frames) >= maxDepth {
			s.Stop = StopDepth
			return s
		}
		if time.Now().After(deadline) {
			s.Stop = StopTime
			return s
		}
		m := u.mapping(r.PC)
		if m == nil || !m.Exec {
			s.Stop = StopUnmapped
			if r.PC == 0 && len(s.Frames) > 0 {
				s.Stop = StopEnd
			}
			return s
		}
		at := r.PC
		if !exact {
			at-- // within the call, which may be the function's last instruction
		}
		mod := u.module(m)
		next, cfa, signal, stop := u.step(mod, at, r)
		s.Frames = append(s.Frames, u.frame(mod, m, at, r.PC, cfa))
		if stop != "" {
			s.Stop = stop
			return s
		}
		sp := next.Value[r.Arch.sp]
		// A leaf on arm64 may leave sp as it is; a signal may run on another stack.
		if !signal && (sp < r.Value[r.Arch.sp] || sp == r.Value[r.Arch.sp] && next.PC == r.PC) {
			s.Stop = StopStuck
			return s
		}
		r, exact = next, signal
	}
}

// mapping returns the mapping that holds addr.
func (u *Unwinder) mapping(addr uint64) *proc.Mapping {
	i := sort.Search(len(u.maps), func(i int) bool { return u.maps[i].End > addr })
	if i < len(u.maps) && u.maps[i].Contains(addr) {
		return &u.maps[i]
	}
	return nil
}

// frame names a frame: the function where a symbol covers it, and the library.
func (u *Unwinder) frame(mod *module, m *proc.Mapping, at, pc, cfa uint64) evidence.Frame {
	f := evidence.Frame{PC: pc, SP: cfa, Origin: evidence.OriginC}
	name := path.Base(m.Path)
	if m.Path == "" {
		name = "[anonymous]"
	}
	offset := at - m.Start + m.Offset
	if mod != nil {
		f.Function = u.symbol(mod, at)
		offset = at - mod.bias
	}
	f.File = name
	if f.Function == "" {
		f.File = name + "+0x" + strconv.FormatUint(offset, 16)
		f.Function = f.File
	}
	return f
}

// Name says which function, or else which library, an address belongs to.
func (u *Unwinder) Name(addr uint64) (evidence.Frame, bool) {
	m := u.mapping(addr)
	if m == nil {
		return evidence.Frame{}, false
	}
	f := u.frame(u.module(m), m, addr, 0, 0)
	if f.Function == f.File {
		f.Function, _, _ = strings.Cut(f.Function, "+0x")
		f.File = f.Function
	}
	return f, true
}
