package gort

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/gomedic/gomedic/internal/proc"
)

// Module is one linked unit of code: the program, or a plugin.
type Module struct {
	addr         uint64 // of its runtime.moduledata
	MinPC, MaxPC uint64
	Text, EText  uint64
	gofunc       uint64
	Data         [4][2]uint64 // data, bss, noptrdata, noptrbss: start, end
	Types        Span         // where the types are described
	PluginPath   string       // of a plugin; "": the program itself
	Refused      bool         // a plugin that the runtime did not take

	names, cutab, files, pctab, funcs, ftab []byte
	nfunc                                   int

	quantum  uint64                      // size of an instruction: 1, or 4
	shift    uint                        // of the offsets in ftab: 0, or 16 where they are numbers of functions
	readOnly func(addr, n uint64) []byte // constant data: inline trees
}

// Func is one entry of the function table. The zero Func is no function.
type Func struct {
	m     *Module
	off   uint32 // in m.funcs
	Entry uint64
	End   uint64
}

// The function's record, runtime._func (runtime/runtime2.go, Go 1.20 to 1.27).
const (
	funcNameOff  = 4
	funcDefer    = 12
	funcPCSP     = 16
	funcPCFile   = 20
	funcPCLn     = 24
	funcNPCData  = 28
	funcCUOff    = 32
	funcFuncID   = 40
	funcFlag     = 41
	funcNFunc    = 43
	funcFixed    = 44
	pcdataInline = 2 // internal/abi.PCDATA_InlTreeIndex
	funcdataInl  = 3 // internal/abi.FUNCDATA_InlTree

	flagTopFrame = 1 // internal/abi.FuncFlagTopFrame
	flagSPWrite  = 2 // internal/abi.FuncFlagSPWrite
)

var errBadTable = errors.New("the function table is damaged")

// find returns the function that contains pc.
func (m *Module) find(pc uint64) (Func, bool) {
	if pc < m.MinPC || pc >= m.MaxPC || m.nfunc == 0 {
		return Func{}, false
	}
	off := uint32((pc - m.Text) >> m.shift)
	lo, hi := 0, m.nfunc // ftab has nfunc entries and a closing one
	for hi-lo > 1 {
		mid := int(uint(lo+hi) / 2)
		if binary.LittleEndian.Uint32(m.ftab[mid*8:]) <= off {
			lo = mid
		} else {
			hi = mid
		}
	}
	return m.at(lo)
}

func (m *Module) at(i int) (Func, bool) {
	e := m.ftab[i*8:]
	f := Func{
		m:     m,
		Entry: m.Text + uint64(binary.LittleEndian.Uint32(e))<<m.shift,
		off:   binary.LittleEndian.Uint32(e[4:]),
		End:   m.Text + uint64(binary.LittleEndian.Uint32(e[8:]))<<m.shift,
	}
	if uint64(f.off)+funcFixed > uint64(len(m.funcs)) {
		return Func{}, false
	}
	return f, true
}

func (f Func) u32(at uint32) uint32 {
	i := uint64(f.off) + uint64(at)
	if i+4 > uint64(len(f.m.funcs)) {
		return 0
	}
	return binary.LittleEndian.Uint32(f.m.funcs[i:])
}

func (f Func) u8(at uint32) byte {
	i := uint64(f.off) + uint64(at)
	if i >= uint64(len(f.m.funcs)) {
		return 0
	}
	return f.m.funcs[i]
}

// Valid reports whether f is a function.
func (f Func) Valid() bool { return f.m != nil }

// argBytes is the size of the function's arguments and results, spill space of
// register arguments included; 0 if unknown.
func (f Func) argBytes() uint64 {
	const funcArgs, most = 8, 1024
	if n := f.u32(funcArgs); n <= most {
		return uint64(n)
	}
	return 0
}

// Name returns the function's full name, as the runtime prints it.
func (f Func) Name() string { return f.m.name(f.u32(funcNameOff)) }

func (f Func) topFrame() bool { return f.u8(funcFlag)&flagTopFrame != 0 }
func (f Func) spWrite() bool  { return f.u8(funcFlag)&flagSPWrite != 0 }

func (m *Module) name(off uint32) string {
	if uint64(off) >= uint64(len(m.names)) {
		return ""
	}
	const maxName = 64 << 10
	b := m.names[off:min(uint64(len(m.names)), uint64(off)+maxName)]
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// spDelta returns how far the stack pointer at pc lies below its value at the
// function's entry, in bytes.
func (f Func) spDelta(pc uint64) (int64, bool) {
	t := f.u32(funcPCSP)
	if t == 0 {
		return 0, false
	}
	v, ok := f.pcValue(t, pc)
	if !ok || v < 0 || v&7 != 0 {
		return 0, false
	}
	return int64(v), true
}

// fileLine returns the source position of pc.
func (f Func) fileLine(pc uint64) (string, int) {
	line, _ := f.pcValue(f.u32(funcPCLn), pc)
	no, ok := f.pcValue(f.u32(funcPCFile), pc)
	if !ok || no < 0 {
		return "", int(line)
	}
	i := (uint64(f.u32(funcCUOff)) + uint64(no)) * 4
	if i+4 > uint64(len(f.m.cutab)) {
		return "", int(line)
	}
	off := binary.LittleEndian.Uint32(f.m.cutab[i:])
	if uint64(off) >= uint64(len(f.m.files)) {
		return "", int(line)
	}
	b := f.m.files[off:]
	if i := bytes.IndexByte(b[:min(len(b), 4096)], 0); i >= 0 {
		b = b[:i]
	} else {
		return "", int(line)
	}
	return string(b), int(line)
}

// File returns the source file of the function's entry.
func (f Func) File() string {
	file, _ := f.fileLine(f.Entry)
	return file
}

// pcValue decodes one of the function's tables: pairs of value and pc deltas
// (see runtime.step in runtime/symtab.go).
func (f Func) pcValue(table uint32, target uint64) (int32, bool) {
	if table == 0 || uint64(table) >= uint64(len(f.m.pctab)) {
		return -1, false
	}
	p := f.m.pctab[table:]
	pc, val := f.Entry, int32(-1)
	quantum := uint64(1)
	if f.m.quantum != 0 {
		quantum = f.m.quantum
	}
	for first := true; ; first = false {
		uv, n := uvarint32(p)
		if n == 0 || (uv == 0 && !first) {
			return -1, false
		}
		p = p[n:]
		if uv&1 != 0 {
			uv = ^(uv >> 1)
		} else {
			uv >>= 1
		}
		val += int32(uv)
		dpc, n := uvarint32(p)
		if n == 0 {
			return -1, false
		}
		p = p[n:]
		pc += uint64(dpc) * quantum
		if target < pc {
			return val, true
		}
	}
}

func uvarint32(p []byte) (uint32, int) {
	var v uint32
	for i := 0; i < len(p) && i < 5; i++ {
		v |= uint32(p[i]&0x7f) << (7 * i)
		if p[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// Call is one logical call: a function, or one that the compiler inlined.
type Call struct {
	Function string
	File     string
	Line     int
	Inlined  bool // into the next Call
}

// calls returns the logical calls at pc, innermost first. pc must be that of
// the call instruction (or within it), not the return address.
func (f Func) calls(pc uint64) []Call {
	var out []Call
	tree, quantityOK := f.inlineTree()
	npc := f.u32(funcNPCData)
	for depth := 0; depth < 200; depth++ {
		file, line := f.fileLine(pc)
		ix := int32(-1)
		if quantityOK && npc > pcdataInline {
			if v, ok := f.pcValue(f.u32(funcFixed+4*pcdataInline), pc); ok {
				ix = v
			}
		}
		if ix < 0 {
			return append(out, Call{Function: f.Name(), File: file, Line: line})
		}
		// inlinedCall: funcID, pad, nameOff, parentPc, startLine (runtime/symtabinl.go).
		e := tree(uint32(ix))
		if e == nil {
			return append(out, Call{Function: f.Name(), File: file, Line: line})
		}
		out = append(out, Call{
			Function: f.m.name(binary.LittleEndian.Uint32(e[4:])), File: file, Line: line, Inlined: true,
		})
		pc = f.Entry + uint64(binary.LittleEndian.Uint32(e[8:]))
		if pc >= f.End {
			return append(out, Call{Function: f.Name()})
		}
	}
	return out
}

const inlinedCallSize = 16

func (f Func) inlineTree() (func(ix uint32) []byte, bool) {
	if f.u8(funcNFunc) <= funcdataInl {
		return nil, false
	}
	off := f.u32(funcFixed + 4*f.u32(funcNPCData) + 4*funcdataInl)
	if off == ^uint32(0) {
		return nil, false
	}
	base := f.m.gofunc + uint64(off)
	return func(ix uint32) []byte {
		if ix > 1<<20 {
			return nil
		}
		return f.m.readOnly(base+uint64(ix)*inlinedCallSize, inlinedCallSize)
	}, true
}

// Package returns the import path in a function's name.
func Package(function string) string {
	// Type arguments may hold slashes and dots of their own.
	head := function
	if i := strings.IndexByte(head, '['); i >= 0 {
		head = head[:i]
	}
	slash := strings.LastIndexByte(head, '/')
	dot := strings.IndexByte(head[slash+1:], '.')
	if dot < 0 {
		return head
	}
	return unescapePath(head[:slash+1+dot])
}

// unescapePath undoes the linker's escapes in the last path element (%2e for a
// dot), see cmd/internal/objabi.PathToPrefix.
func unescapePath(p string) string {
	if !strings.Contains(p, "%") {
		return p
	}
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if p[i] == '%' && i+2 < len(p) {
			var c byte
			if _, err := fmt.Sscanf(p[i+1:i+3], "%02x", &c); err == nil {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(p[i])
	}
	return b.String()
}

// readModule reads the moduledata at addr and takes its tables from const data
// (a function that returns bytes which never change).
func readModule(mem proc.Memory, l fields, addr uint64, constant func(addr, n uint64) []byte) (*Module, uint64, error) {
	md := make([]byte, l.moduleSize)
	if err := mem.ReadAt(md, addr); err != nil {
		return nil, 0, err
	}
	word := func(off int64) uint64 { return binary.LittleEndian.Uint64(md[off:]) }
	const maxTable = 1 << 30
	slice := func(off int64, elem uint64) []byte {
		n := word(off + 8)
		if n > maxTable/elem {
			return nil
		}
		return constant(word(off), n*elem)
	}
	m := &Module{
		addr: addr, MinPC: word(l.mdMinPC), MaxPC: word(l.mdMaxPC),
		Text: word(l.mdText), EText: word(l.mdEText), gofunc: word(l.mdGofunc),
		names: slice(l.mdNames, 1), cutab: slice(l.mdCutab, 4), files: slice(l.mdFiles, 1),
		pctab: slice(l.mdPctab, 1), funcs: slice(l.mdFuncs, 1), ftab: slice(l.mdFtab, 8),
		readOnly: constant,
	}
	for i, off := range [4]int64{l.mdData, l.mdBSS, l.mdNoptrData, l.mdNoptrBSS} {
		m.Data[i] = [2]uint64{word(off), word(off + 8)}
	}
	if l.mdTypes >= 0 && l.mdETypes >= 0 {
		m.Types = Span{word(l.mdTypes), word(l.mdETypes)}
	}
	if n := l.mdPluginPath; n >= 0 {
		const longest = 4096
		m.PluginPath = string(constant(word(n), min(word(n+8), longest)))
	}
	m.Refused = l.mdBad >= 0 && md[l.mdBad] != 0
	m.nfunc, m.shift = len(m.ftab)/8-1, l.pcShift
	if m.nfunc < 1 || m.names == nil || m.funcs == nil || m.pctab == nil || m.files == nil ||
		m.MinPC >= m.MaxPC || m.Text > m.MinPC || (m.MaxPC-m.Text)>>m.shift > 1<<32 {
		return nil, 0, errBadTable
	}
	if h := constant(word(l.mdHeader), 8); h != nil {
		m.quantum = uint64(h[6])
	}
	return m, word(l.mdNext), nil
}

// FileVersion returns the version that the source paths of a module carry, such
// as v2.7.1 in …/fyne.io/fyne/v2@v2.7.1/app/app.go, or "".
func (p *Program) FileVersion(module string) string {
	mark := []byte("/" + module + "@")
	bare := mark[1:]
	for _, m := range p.Modules {
		i := bytes.Index(m.files, mark)
		n := len(mark)
		if i < 0 { // built with -trimpath: the path begins with the module
			i, n = bytes.Index(m.files, bare), len(bare)
			if i > 0 && m.files[i-1] != 0 {
				continue
			}
		}
		if i < 0 {
			continue
		}
		rest := m.files[i+n:]
		if j := bytes.IndexAny(rest[:min(len(rest), 128)], "/\x00"); j > 0 {
			return string(rest[:j])
		}
	}
	return ""
}
