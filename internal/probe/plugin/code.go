package plugin

import (
	"context"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/arch/x86/x86asm"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/text"
)

// Equal hashes do not mean equal code: a hash covers what other packages can see of one,
// and the body of a function that is not inlined is not part of that. So the code
// itself is compared.
//
// The same source does not give the same bytes in a program and in a plugin: the
// plugin's code reaches variables through a table of addresses, which takes other
// instructions, and keeps R15 for that, which changes what lies in which register and
// what is spilled. What stays is what the function calls, what it computes and compares
// with which constants, and its texts. Of the 14,922 Go functions that a Fyne program of
// 42 MB and its plugin share, two were taken for different that are the same. Of the 28
// edits of edits_linux_test.go, 23 are told; that one variable was exchanged for another,
// or a line repeated, is not.

// different are the settings that change code and no hash.
var different = []string{"-race", "-msan", "-asan", "-gcflags", "-cover", "-pgo", "GOAMD64", "GOEXPERIMENT", "-compiler"}

// code compares the functions of the user's packages whose hashes are equal.
func (x *examination) code(ctx context.Context) {
	p := &x.res.Plugin
	if p.Host.Go != p.Plugin.Go || slices.ContainsFunc(p.Settings, func(s evidence.PluginSetting) bool { return slices.Contains(different, s.Key) }) {
		return
	}
	if x.host.Machine != elf.EM_X86_64 {
		x.limit(text.T("plugin.limit.code", p.Host.Arch), text.T("plugin.limit.code.help"))
		return
	}
	x.Progress("plugin.stage.code")
	users := map[string]bool{} // packages
	for i := range x.plugin.dynamic {
		if pkg, ok := strings.CutPrefix(x.plugin.dynamic[i].name, hashPrefix); ok && !slices.Contains(p.Differ, pkg) && x.usersCode(pkg) {
			users[pkg] = true
		}
	}
	host := map[string]*symbol{}
	for i := range x.host.dynamic {
		if s := &x.host.dynamic[i]; s.defined() && s.kind == elf.STT_FUNC && comparable(s.name) && users[gort.Package(s.name)] {
			host[s.name] = s
		}
	}
	if len(host) == 0 {
		return
	}
	changed := map[string][]string{}
	inHost, inPlugin := newCodeReader(x.host, false), newCodeReader(x.plugin, true)
	for i := range x.plugin.dynamic {
		s := &x.plugin.dynamic[i]
		h := host[s.name]
		if h == nil || !s.defined() || s.kind != elf.STT_FUNC {
			continue
		}
		if ctx.Err() != nil {
			return
		}
		a, ok := inHost.shapeOf(h)
		b, ok2 := inPlugin.shapeOf(s)
		if !ok || !ok2 {
			continue
		}
		p.Compared++
		if !a.equal(&b) {
			pkg := gort.Package(s.name)
			changed[pkg] = append(changed[pkg], s.name)
		}
	}
	for pkg, functions := range changed {
		slices.Sort(functions)
		c := evidence.PluginCode{Package: pkg, Functions: functions}
		if len(functions) > maxPerThing {
			c.Functions, c.More = functions[:maxPerThing], len(functions)-maxPerThing
		}
		p.Code = append(p.Code, c)
	}
	slices.SortFunc(p.Code, func(a, b evidence.PluginCode) int { return strings.Compare(a.Package, b.Package) })
}

// comparable reports whether a function comes from source and is linked the same in
// programs and plugins. Package initialisers are not: the linker takes what is not
// needed out of those of a program.
func comparable(name string) bool {
	return !strings.HasSuffix(name, ".init") && !strings.Contains(name, ".map.init.") && !strings.HasPrefix(name, "go:") && !strings.HasPrefix(name, "type:")
}

// shape is what of a function's code does not depend on how it is linked.
type shape struct {
	calls []string // names, sorted
	steps []string // operations and constants, sorted
	sums  []int64  // constants that are added, sorted
	texts []string // sorted
}

// equal compares a host's function with a plugin's. Where registers are short, and
// they are in a plugin, the compiler folds a constant into where it is used: one that
// only the host's code adds says nothing.
func (s *shape) equal(plugin *shape) bool {
	if !slices.Equal(s.calls, plugin.calls) || !slices.Equal(s.steps, plugin.steps) || !slices.Equal(s.texts, plugin.texts) {
		return false
	}
	return !slices.ContainsFunc(plugin.sums, func(n int64) bool { return !slices.Contains(s.sums, n) })
}

// codeReader makes shapes of the functions of one file.
type codeReader struct {
	f     *file
	names map[uint64]string // functions by address
	got   bool              // variables are reached through a table of addresses
	from  x86asm.Reg        // the register that such an address was put into last
}

func newCodeReader(f *file, got bool) *codeReader {
	return &codeReader{f: f, names: functionNames(f), got: got}
}

// functionNames are the names of a file's functions by address.
func functionNames(f *file) map[uint64]string {
	m := make(map[uint64]string, len(f.dynamic)/2)
	for i := range f.dynamic {
		if s := &f.dynamic[i]; s.defined() && s.kind == elf.STT_FUNC {
			if old, ok := m[s.value]; !ok || s.name < old { // several names of one place
				m[s.value] = s.name
			}
		}
	}
	return m
}

// shapeOf reads a function. ok is false for code that cannot be decoded.
func (r *codeReader) shapeOf(s *symbol) (shape, bool) {
	var out shape
	code := r.f.bytesAt(s.value, s.size)
	if code == nil {
		return out, false
	}
	r.from = 0
	var text uint64 // address of what may be a text, the register that it is in,
	var holder x86asm.Reg
	ago := 0 // and how many instructions ago that was
	for at := 0; at < len(code); {
		in, err := x86asm.Decode(code[at:], 64)
		if err != nil || in.Len == 0 {
			return out, false
		}
		next := s.value + uint64(at) + uint64(in.Len)
		at += in.Len
		ago++
		r.step(&out, in, s, next)
		if a, reg, ok := address(in, next); ok {
			text, holder, ago = a, reg, 0
			continue
		}
		if n, reg, ok := length(in); ok && text != 0 && ago <= 2 && follows(holder, reg) {
			if t := r.text(text, n); t != "" {
				out.texts = append(out.texts, t)
			}
			text = 0
		}
	}
	slices.Sort(out.sums)
	out.sums = slices.Compact(out.sums)
	for _, list := range []*[]string{&out.calls, &out.steps, &out.texts} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return out, true
}

// ignored are the operations that move, clear or pad: the compiler needs more or fewer
// of them, and others, depending on how variables are reached.
var ignored = []string{"MOV", "LEA", "NOP", "XCHG", "PUSH", "POP", "XORP", "INT", "DATA", "TEST", "CMOV"}

func (r *codeReader) step(out *shape, in x86asm.Inst, s *symbol, next uint64) {
	if in.Op == x86asm.CALL {
		r.from = 0
	}
	if in.Op == x86asm.CALL || in.Op == x86asm.JMP {
		rel, ok := in.Args[0].(x86asm.Rel)
		if !ok {
			if in.Op == x86asm.CALL {
				out.steps = append(out.steps, "CALL")
			}
			return
		}
		to := next + uint64(int64(rel))
		if name, ok := r.names[to]; ok && !strings.HasPrefix(name, "runtime.morestack") && (to < s.value || to >= s.value+s.size) {
			out.calls = append(out.calls, name)
		}
		return
	}
	if to, ok := r.variable(in); ok {
		r.from = to
		return
	}
	n, adds := r.added(in)
	if to, ok := in.Args[0].(x86asm.Reg); ok && to == r.from {
		r.from = 0
	}
	if adds {
		if n != 0 {
			out.sums = append(out.sums, int64(int32(n)))
		}
		return
	}
	if in.Op == x86asm.XOR && in.Args[0] == in.Args[1] {
		return // clears a register
	}
	var b strings.Builder
	if name := operation(in.Op); name != "" {
		b.WriteString(name)
	}
	for _, a := range in.Args {
		switch a := a.(type) {
		case x86asm.Imm:
			fmt.Fprintf(&b, " $%d", int64(a))
		case x86asm.Mem:
			if a.Index != 0 && a.Scale > 1 {
				fmt.Fprintf(&b, " *%d", a.Scale)
			}
		}
	}
	if b.Len() > 0 {
		out.steps = append(out.steps, b.String())
	}
}

// variable is the register into which an instruction puts the address of a variable.
func (r *codeReader) variable(in x86asm.Inst) (x86asm.Reg, bool) {
	to, ok := in.Args[0].(x86asm.Reg)
	m, isMem := in.Args[1].(x86asm.Mem)
	return to, r.got && ok && isMem && in.Op == x86asm.MOV && m.Base == x86asm.RIP
}

// added is the constant that an instruction adds to a register; 0 for the stack's own.
func (r *codeReader) added(in x86asm.Inst) (int64, bool) {
	if to, ok := in.Args[0].(x86asm.Reg); ok && (to == x86asm.RSP || to == x86asm.RBP) {
		return 0, true
	}
	imm, hasImm := in.Args[1].(x86asm.Imm)
	switch in.Op {
	case x86asm.INC:
		return 1, true
	case x86asm.DEC:
		return -1, true
	case x86asm.ADD:
		return int64(imm), true
	case x86asm.SUB:
		return -int64(imm), hasImm
	case x86asm.LEA:
		if m, ok := in.Args[1].(x86asm.Mem); ok && m.Index == 0 {
			if r.got && (m.Base == r.from || m.Base == x86asm.R15) { // a field of a variable
				return 0, true
			}
			if m.Base == x86asm.RIP || m.Base == x86asm.RSP || m.Base == x86asm.RBP {
				return 0, true
			}
			return m.Disp, true
		}
	}
	return 0, false
}

// operation is what an operation computes, "" for those that move, clear or pad. Jumps
// that are each other's opposite, or that of the operands exchanged, are one.
func operation(op x86asm.Op) string {
	switch op {
	case x86asm.JE, x86asm.JNE:
		return "J="
	case x86asm.JA, x86asm.JAE, x86asm.JB, x86asm.JBE:
		return "J<"
	case x86asm.JL, x86asm.JLE, x86asm.JG, x86asm.JGE:
		return "J<s"
	}
	name := op.String()
	if slices.ContainsFunc(ignored, func(p string) bool { return strings.HasPrefix(name, p) }) {
		return ""
	}
	return name
}

// address is the place that an instruction takes the address of, and the register that
// it is put into.
func address(in x86asm.Inst, next uint64) (uint64, x86asm.Reg, bool) {
	if in.Op != x86asm.LEA {
		return 0, 0, false
	}
	to, isReg := in.Args[0].(x86asm.Reg)
	m, ok := in.Args[1].(x86asm.Mem)
	if !ok || !isReg || m.Base != x86asm.RIP {
		return 0, 0, false
	}
	return next + uint64(m.Disp), to, true
}

// length is the constant that an instruction puts into a register.
func length(in x86asm.Inst) (uint64, x86asm.Reg, bool) {
	if in.Op != x86asm.MOV {
		return 0, 0, false
	}
	to, reg := in.Args[0].(x86asm.Reg)
	n, imm := in.Args[1].(x86asm.Imm)
	return uint64(n), to, reg && imm && n > 0
}

// arguments are the registers of arguments and results, in order (Go's internal ABI),
// as they are and as the decoder names them where 32 bits are enough.
var arguments = [2][]x86asm.Reg{
	{x86asm.RAX, x86asm.RBX, x86asm.RCX, x86asm.RDI, x86asm.RSI, x86asm.R8, x86asm.R9, x86asm.R10, x86asm.R11},
	{x86asm.EAX, x86asm.EBX, x86asm.ECX, x86asm.EDI, x86asm.ESI, x86asm.R8L, x86asm.R9L, x86asm.R10L, x86asm.R11L},
}

// follows reports whether a text whose address is in one register would have its length
// in the other.
func follows(address, length x86asm.Reg) bool {
	i := slices.Index(arguments[0], address)
	if i < 0 || i+1 == len(arguments[0]) {
		return false
	}
	return length == arguments[0][i+1] || length == arguments[1][i+1]
}

// text is the constant text of n bytes at an address, "" if that is none.
func (r *codeReader) text(addr, n uint64) string {
	const most = 512
	if n < 2 || n > most {
		return ""
	}
	b := r.f.bytesAt(addr, n)
	if b == nil || !utf8.Valid(b) || slices.ContainsFunc(b, func(c byte) bool { return c < ' ' && c != '\n' && c != '\t' && c != '\r' }) {
		return ""
	}
	return string(b)
}
