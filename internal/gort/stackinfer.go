package gort

import (
	"strings"
)

// What a function's code lets conclude of the words on its stack: of a method's
// receiver, of what a closure has captured, of what it allocates, and of what it
// passes to methods and to the runtime. (amd64 only, without DWARF's help.)

// StackTypes returns the types that words on a function's stack have, as far as its
// code says so, by their distance from the stack pointer, bytes: pointers, slices
// (whose first word is at the distance), maps and channels. A place that serves
// several variables, one after the other, is left out. What
// functions return is known once [Program.InferredGlobals] was asked for. It is kept;
// do not change it.
func (p *Program) StackTypes(f Func) map[int64]*Type {
	c := &p.stackTypes
	c.mu.Lock()
	defer c.mu.Unlock()
	if t, ok := c.known[f.Entry]; ok {
		return t
	}
	if c.known == nil {
		c.known = map[uint64]map[int64]*Type{}
	}
	t := p.inferStack(f)
	c.known[f.Entry] = t // at most one for each function
	return t
}

func (p *Program) inferStack(f Func) map[int64]*Type {
	if p.Arch() != "amd64" || !p.typeData().layout.ok || strings.HasPrefix(string(f.rawName()), "runtime.") {
		return nil
	}
	w := newFollower(p)
	if p.inferred.done.Load() {
		w.results = p.inferred.ends
	}
	w.slots = map[int64][]known{}
	w.follow(f)
	out := map[int64]*Type{}
	for at, votes := range w.slots {
		if t := w.elect(votes); t != nil {
			out[at] = t
		}
	}
	return out
}

// slot notes what is stored on the stack, or what is done with what lies there.
func (w *follower) slot(at int64, v known) {
	if w.slots == nil || len(w.slots[at]) >= maxVotes {
		return
	}
	switch v.what {
	case pointerTo, elementsOf, itself, resultOf:
		w.slots[at] = append(w.slots[at], v)
	}
}

// enter notes what is known when a function begins: a method's receiver is its first
// argument, and a closure finds itself in the context register (cmd/compile's
// abi-internal.md: AX and DX).
func (w *follower) enter(f Func) {
	const context = 2 // DX
	if t := w.p.receiver(f.Name()); t != nil {
		w.regs[argA] = known{what: pointerTo, typ: t}
	}
	if t := w.p.codeRefs().closures[f.Entry]; t != nil {
		w.regs[context] = known{what: pointerTo, typ: t}
	}
}

// callee looks a function up that is called.
func (w *follower) callee(entry uint64) callee {
	c, ok := w.calls[entry]
	if ok {
		return c
	}
	if f, found := w.p.FindFunc(entry); found && f.Entry == entry {
		name := strings.TrimSuffix(f.Name(), ".abi0")
		var isRuntime bool
		if c.runtime, isRuntime = strings.CutPrefix(name, "runtime."); !isRuntime {
			c = callee{recv: w.p.receiver(name)}
		}
	}
	w.calls[entry] = c
	return c
}

// received notes that a is passed to a method as its receiver, a pointer to recv.
func (w *follower) received(a known, recv *Type) {
	if recv == nil {
		return
	}
	switch a.what {
	case addrOf: // the variable is one, or begins with one
		w.vote(a.addr, known{what: itself, typ: recv})
	case valueOf:
		w.vote(a.addr, known{what: pointerTo, typ: recv})
	case slotOf:
		w.slot(int64(a.addr), known{what: pointerTo, typ: recv})
	}
}

// receiver returns the type of the receiver of a method that takes a pointer:
// a/b.T of "a/b.(*T).run". It is nil for other functions, also those in such a
// method, and for type parameters, of which the name tells nothing.
func (p *Program) receiver(function string) *Type {
	name, ok := ReceiverName(function)
	if !ok {
		return nil
	}
	method := function[strings.LastIndex(function, ")")+1:]
	if strings.Count(method, ".") != 1 || strings.HasSuffix(method, "-fm") || strings.Contains(method, "-range") {
		return nil
	}
	return p.TypeByName(name)
}

// ReceiverName returns the name of the type of which a function is a method with a
// pointer receiver, or in which it was written: "a/b.T" of "a/b.(*T).run.func1".
func ReceiverName(function string) (name string, ok bool) {
	slash := strings.LastIndexByte(function, '/') + 1
	dot := strings.IndexByte(function[slash:], '.')
	if dot < 0 {
		return "", false
	}
	pkg := function[:slash+dot]
	rest, ok := strings.CutPrefix(function[len(pkg):], ".(*")
	if !ok {
		return "", false
	}
	name, _, ok = strings.Cut(rest, ")")
	if !ok || strings.Contains(name, "[") {
		return "", false
	}
	return pkg + "." + name, true
}

// fieldKnown is what is loaded from a place behind a pointer.
func fieldKnown(v known, offset uint64) known {
	if v.what != pointerTo || v.typ == nil {
		return known{}
	}
	t := v.typ
	for range 64 {
		switch {
		case t == nil:
			return known{}
		case t.Kind == KindStruct:
			var in *TypeField
			for i := range t.Fields {
				f := &t.Fields[i]
				if ft := f.Type(); ft != nil && offset >= f.Offset && offset-f.Offset < ft.Size {
					in = f
					break
				}
			}
			if in == nil {
				return known{}
			}
			t, offset = in.Type(), offset-in.Offset
			continue
		case t.Kind == KindArray && t.Elem() != nil && t.Elem().Size > 0:
			t, offset = t.Elem(), offset%t.Elem().Size
			continue
		case offset != 0:
			return known{}
		}
		break
	}
	switch t.Kind {
	case KindPointer:
		if e := t.Elem(); e != nil {
			return known{what: pointerTo, typ: e}
		}
	case KindSlice:
		if e := t.Elem(); e != nil {
			return known{what: elementsOf, typ: e}
		}
	case KindMap, KindChan:
		return known{what: itself, typ: t}
	}
	return known{}
}
