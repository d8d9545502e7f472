// Package machine finds in a program's machine code which names it hands to functions
// that load resources: constants that lie in the registers when such a function is
// called, of amd64.
//
// It follows values through registers and the stack in a straight line, and forgets them
// where the code may come from elsewhere: what it tells, is so; what it does not see, it
// does not tell. Where a function hands its own parameter on to a loader, the calls of
// that function are looked at, too. Start at [Uses].
package machine

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/gort/objfile"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Found is what the code says.
type Found struct {
	Uses    []Use
	Written map[string]bool // names that the program writes
	Asked   map[string]bool // names of which it finds out whether they are there
	Read    int             // functions that were read
	// Copies are words that initialisers copy from one variable to another: where to, and
	// from where.
	Copies map[uint64]uint64
	// Refers are the variables that the code names.
	Refers map[uint64]bool
	// Calls are the functions outside of the packages that are called.
	Calls map[string]bool
	Own   map[string]bool // the functions that were read
}

// Use is a name on its way to a loader.
type Use struct {
	Name   string
	Loader *toolkit.Loader
	At     evidence.Frame  // the user's line
	Outer  *evidence.Frame // the user's line that called At's function, where that was inlined
	Load   *evidence.Frame // of the loader's call, where a function hands the name on
	FS     uint64          // address of the embed.FS variable that is asked; 0: not known
	Excuse string
	Fatal  bool
}

// wrapper is a function that hands its parameter on.
type wrapper struct {
	loader *toolkit.Loader
	word   int // where its own parameter begins
	load   evidence.Frame
	excuse string
	fatal  bool
}

const (
	maxPasses = 3
	maxName   = 512
	maxUses   = 100_000
)

// reader is one reading of a program.
type reader struct {
	p       *gort.Program
	m       *objfile.Image
	own     func(pkg string) bool
	names   map[uint64]string // of functions, by entry
	stored  map[uint64]bool   // variables that code writes to
	wraps   map[uint64]wrapper
	callees map[uint64][]uint64 // what each function calls, by entry; 0: what a variable says
	inline  bool                // a loader may have been put into its callers
	ways    map[uint64]int      // how many ways lead to each instruction of the function at hand
	out     *Found
	pass    int
	changed bool
}

// Uses reads the functions of the packages that own accepts.
func Uses(p *gort.Program, m *objfile.Image, own func(pkg string) bool) *Found {
	r := &reader{p: p, m: m, own: own, names: map[uint64]string{}, stored: map[uint64]bool{}, wraps: map[uint64]wrapper{},
		out: &Found{Written: map[string]bool{}, Asked: map[string]bool{}, Copies: map[uint64]uint64{}, Refers: map[uint64]bool{}, Calls: map[string]bool{}, Own: map[string]bool{}}}
	r.callees = map[uint64][]uint64{}
	for i := range toolkit.Loaders { // names of inlined functions are in the function table, too
		if l := &toolkit.Loaders[i]; l.Err < 0 && bytes.Contains(m.Pclntab, []byte("\x00"+l.Func+"\x00")) {
			r.inline = true
		}
	}
	var mine []gort.Func
	p.Functions(func(f gort.Func) bool {
		name := f.Name()
		if own(gort.Package(name)) {
			mine = append(mine, f)
			r.out.Own[name] = true
		}
		if strings.HasSuffix(name, ".init") {
			r.initialiser(f)
		}
		return true
	})
	r.out.Read = len(mine)
	for _, f := range mine {
		r.stores(f)
	}
	for r.pass = range maxPasses {
		r.changed = false
		r.out.Uses = nil
		for _, f := range mine {
			r.function(f)
		}
		if !r.changed {
			break
		}
	}
	r.outward()
	return r.out
}

// name is that of the function which begins at pc.
func (r *reader) name(pc uint64) string {
	if n, ok := r.names[pc]; ok {
		return n
	}
	n := ""
	if f, ok := r.p.FindFunc(pc); ok && f.Entry == pc {
		n = f.Name()
		if i := strings.IndexByte(n, '['); i > 0 { // type arguments
			n = n[:i]
		}
	}
	r.names[pc] = n
	return n
}

// place is the user's line at an instruction, and the one that called its function, if
// that was inlined.
func (r *reader) place(pc uint64) (f evidence.Frame, outer *evidence.Frame, ok bool) {
	inlined := false
	for _, c := range r.p.CallsAt(pc) {
		pkg := gort.Package(c.Function)
		if !r.own(pkg) {
			continue
		}
		at := evidence.Frame{Function: c.Function, File: c.File, Line: c.Line, Package: pkg, Origin: evidence.OriginUser}
		if ok {
			return f, &at, true
		}
		f, ok, inlined = at, true, c.Inlined
		if !inlined {
			break
		}
	}
	return f, nil, ok
}

// outward moves uses to the line that hands the name to an inlined function, where that
// gets more than one name: the same instruction's line then loads what it is given.
func (r *reader) outward() {
	type key struct {
		function string
		line     int
	}
	names := map[key]map[string]bool{}
	for i := range r.out.Uses {
		if u := &r.out.Uses[i]; u.Outer != nil {
			k := key{u.At.Function, u.At.Line}
			if names[k] == nil {
				names[k] = map[string]bool{}
			}
			names[k][u.Name] = true
		}
	}
	for i := range r.out.Uses {
		u := &r.out.Uses[i]
		if u.Outer == nil {
			continue
		}
		if inside, there := literal(u.At, u.Name); there && inside {
			continue
		} else if outside, _ := literal(*u.Outer, u.Name); outside || !there && len(names[key{u.At.Function, u.At.Line}]) > 1 {
			at := u.At
			if u.Load == nil {
				u.Load = &at
			}
			u.At = *u.Outer
		}
	}
}

// literal reports whether the source line of a place holds the name; there is false
// where the source is not on this machine.
func literal(f evidence.Frame, name string) (holds, there bool) {
	if !filepath.IsAbs(f.File) || f.Line <= 0 {
		return false, false
	}
	st, err := os.Stat(f.File)
	if err != nil || !st.Mode().IsRegular() || st.Size() > 4<<20 {
		return false, false
	}
	b, err := os.ReadFile(f.File)
	if err != nil {
		return false, false
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		if n++; n == f.Line {
			return strings.Contains(line, path.Base(name)), true
		}
	}
	return false, false
}

// text reads a name; ok is false for what is none.
func (r *reader) text(ptr, n value) (string, bool) {
	var addr, size uint64
	switch {
	case ptr.kind == address && n.kind == number:
		addr, size = ptr.v, n.v
	case ptr.kind == variable && n.kind == variable && n.v == ptr.v+8 && !r.stored[ptr.v]: // a package variable that nothing writes
		var ok1, ok2 bool
		addr, ok1 = r.m.Word(ptr.v)
		size, ok2 = r.m.Word(n.v)
		if !ok1 || !ok2 || addr == 0 {
			return "", false
		}
	default:
		return "", false
	}
	if size == 0 || size > maxName {
		return "", false
	}
	b := r.m.Bytes(addr, size)
	if b == nil {
		return "", false
	}
	for _, c := range b {
		if c < 0x20 || c == 0x7f {
			return "", false
		}
	}
	return string(b), true
}

// stores notes the variables that a function writes to.
func (r *reader) stores(f gort.Func) {
	r.each(f, func(pc uint64, in inst) bool {
		if addr, ok := in.storesTo(pc); ok {
			r.stored[addr] = true
			r.stored[addr-8] = true
		}
		if to, ok := in.call(pc); ok {
			r.callees[f.Entry] = append(r.callees[f.Entry], to)
		} else if in.isCall() {
			r.callees[f.Entry] = append(r.callees[f.Entry], 0)
		}
		for _, a := range in.Args {
			if a == nil {
				break
			}
			if addr, ok := in.rip(a, pc); ok {
				r.out.Refers[addr] = true
			}
		}
		return true
	})
}

// initialiser notes what a package's initialiser copies between variables.
func (r *reader) initialiser(f gort.Func) {
	s := newState()
	r.each(f, func(pc uint64, in inst) bool {
		if to, ok := in.storesTo(pc); ok && in.Op == x86asm.MOV {
			if v := s.value(in, in.Args[1], pc); v.kind == variable {
				r.out.Copies[to] = v.v
			}
		}
		s.step(in, pc)
		return true
	})
}

// asked reports whether a function calls anything that is asked about.
func (r *reader) asked(f gort.Func) bool {
	for _, to := range r.callees[f.Entry] {
		if to == 0 {
			if r.inline { // lang.L is a variable
				return true
			}
			continue
		}
		name := r.name(to)
		if _, ok := r.wraps[to]; ok || toolkit.LoaderOf(name) != nil || toolkit.AsksFor(name) {
			return true
		}
		if _, ok := toolkit.WriterArg(name); ok {
			return true
		}
		r.out.Calls[name] = true
	}
	return r.inline
}

// function follows one function.
func (r *reader) function(f gort.Func) {
	if !r.asked(f) {
		return
	}
	r.ways = map[uint64]int{}
	through := true
	r.each(f, func(pc uint64, in inst) bool {
		if through {
			r.ways[pc]++
		}
		through = in.Op != x86asm.JMP && in.Op != x86asm.RET && in.Op != x86asm.UD2
		if to, ok := in.jump(pc); ok {
			r.ways[to]++
			if to <= pc { // a loop: its head is no straight line
				r.ways[to]++
			}
		}
		return true
	})
	joins := map[uint64]bool{}
	r.each(f, func(pc uint64, in inst) bool {
		if to, ok := in.jump(pc); ok {
			joins[to] = true
		}
		return true
	})
	s := newState()
	s.parameters()
	r.each(f, func(pc uint64, in inst) bool {
		if joins[pc] && pc != f.Entry { // back there when the stack has grown: nothing has changed
			s.forget()
		}
		if target, ok := r.callee(pc, in, s); ok {
			r.call(f, pc, in, target, s)
		} else if ptr, ok := s.storedString(in, pc); ok {
			r.inlined(f, pc, in, ptr, s)
		}
		s.step(in, pc)
		return len(r.out.Uses) < maxUses
	})
}

// callee is the function that an instruction calls.
func (r *reader) callee(pc uint64, in inst, s *state) (uint64, bool) {
	if to, ok := in.call(pc); ok {
		return to, true
	}
	if !in.isCall() {
		return 0, false
	}
	// By a function variable that nothing has changed: lang.L.
	if v, ok := s.calledVariable(in); ok && !r.stored[v] {
		if fn, ok := r.m.Word(v); ok && fn != 0 {
			if to, ok := r.m.Word(fn); ok && r.p.IsText(to) {
				return to, true
			}
		}
	}
	return 0, true
}

// call looks at a call.
func (r *reader) call(f gort.Func, pc uint64, in inst, target uint64, s *state) {
	name := r.name(target)
	if name == "" {
		return
	}
	r.out.Calls[name] = true
	if arg, ok := toolkit.WriterArg(name); ok {
		if text, ok := r.text(s.word(2*arg), s.word(2*arg+1)); ok {
			r.out.Written[text] = true
		}
		return
	}
	if toolkit.AsksFor(name) {
		if text, ok := r.text(s.word(0), s.word(1)); ok {
			r.out.Asked[text] = true
		}
		return
	}
	w, isWrap := r.wraps[target]
	l := toolkit.LoaderOf(name)
	word := 0
	switch {
	case l != nil && l.Word >= 0:
		word = l.Word
		if l.Flags >= 0 {
			flags := s.word(l.Flags)
			if flags.kind != number {
				return
			}
			if flags.v&create(r.m.OS) != 0 {
				if text, ok := r.text(s.word(word), s.word(word+1)); ok {
					r.out.Written[text] = true
				}
				return
			}
		}
	case isWrap:
		l, word = w.loader, w.word
	default:
		return
	}
	excuse, fatal := w.excuse, w.fatal
	if !isWrap && l.Err >= 0 {
		excuse, fatal = r.afterCall(f, pc+uint64(in.Len), l.Err)
	}
	ptr, n := s.word(word), s.word(word+1)
	at, outer, ok := r.place(pc)
	if !ok {
		return
	}
	if text, ok := r.text(ptr, n); ok {
		u := Use{Name: text, Loader: l, At: at, Outer: outer, Excuse: excuse, Fatal: fatal}
		if isWrap {
			u.Load = &w.load
		}
		if l.FS >= 0 && !isWrap {
			if v := s.word(l.FS); v.kind == variable {
				u.FS = v.v
			}
		}
		r.out.Uses = append(r.out.Uses, u)
		return
	}
	if ptr.kind == param && n.kind == param && n.v == ptr.v+1 {
		if _, known := r.wraps[f.Entry]; !known {
			load := at
			if isWrap {
				load = w.load
			}
			r.wraps[f.Entry] = wrapper{loader: l, word: int(ptr.v), load: load, excuse: excuse, fatal: fatal}
			r.changed = true
		}
	}
}

// create is O_CREAT as package syscall has it.
func create(os string) uint64 {
	if os == "darwin" {
		return 0x200
	}
	return 0x40 // of Linux, and, invented by Go, of Windows
}

// inlined looks at a constant that is stored by the body of a loader which the compiler
// has put into its caller: canvas.NewImageFromFile.
func (r *reader) inlined(f gort.Func, pc uint64, in inst, ptr value, s *state) {
	var loader *toolkit.Loader
	for _, c := range r.p.CallsAt(pc) {
		if !c.Inlined {
			break
		}
		if l := toolkit.LoaderOf(c.Function); l != nil && l.Err < 0 {
			loader = l
		}
	}
	if loader == nil {
		return
	}
	n, ok := r.storedLength(f, pc, in)
	if !ok {
		return
	}
	if text, ok := r.text(ptr, value{number, n}); ok {
		if at, outer, ok := r.place(pc); ok {
			r.out.Uses = append(r.out.Uses, Use{Name: text, Loader: loader, At: at, Outer: outer})
		}
	}
}
