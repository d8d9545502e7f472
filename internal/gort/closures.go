package gort

import (
	"cmp"
	"slices"
	"strings"
)

// Closure is what a function value whose first word is the address of a
// function consists of.
type Closure struct {
	Func Func
	Name string // "main.(*App).watch.func1", "main.(*App).save-fm"
	File string // where the function's code begins
	Line int
	// Method: it is the value of a method, x.save without a call; its one variable
	// is the receiver.
	Method bool
	// Type is the struct with which the closure was allocated: the code's address,
	// then what was captured. It is nil where it is not known, and for a function
	// that captures nothing.
	Type *Type
	Vars []Captured // by offset
}

// Captured is a variable that a closure has captured.
type Captured struct {
	Name   string // "" where it is not known: without DWARF, or not used by the code
	Offset uint64 // in the closure, bytes
	// Type is the variable's, nil: not known. ByRef: the closure has a pointer to
	// the variable, which others may have changed since. Without a name, Type is
	// that of what lies in the closure, and a pointer may be either.
	Type  *Type
	ByRef bool
}

// ClosureOf returns what a closure consists of whose code begins at pc; ok is
// false if no function does. The names of what was captured come from DWARF,
// their types from there or from the code that makes the closure.
func (p *Program) ClosureOf(pc uint64) (c *Closure, ok bool) {
	f, ok := p.FindFunc(pc)
	if !ok || f.Entry != pc {
		return nil, false
	}
	p.closures.mu.Lock()
	c, ok = p.closures.known[pc]
	p.closures.mu.Unlock()
	if ok {
		return c, true
	}
	c = p.readClosure(f)
	p.closures.mu.Lock()
	defer p.closures.mu.Unlock()
	if p.closures.known == nil {
		p.closures.known = map[uint64]*Closure{}
	}
	p.closures.known[pc] = c // at most one for each function
	return c, true
}

func (p *Program) readClosure(f Func) *Closure {
	c := &Closure{Func: f, Name: f.Name()}
	c.File, c.Line = f.fileLine(f.Entry)
	c.Method = strings.HasSuffix(c.Name, "-fm")
	c.Type = p.codeRefs().closures[f.Entry]
	if c.Type != nil {
		for i, field := range c.Type.Fields[1:] {
			v := Captured{Offset: field.Offset, Type: field.Type()}
			if c.Method && i == 0 {
				v.Name = "receiver"
			}
			c.Vars = append(c.Vars, v)
		}
	}
	d := p.debugInfo()
	if d == nil {
		return c
	}
	for _, v := range d.Captured(f.Entry - p.bias) {
		t := p.dwarfType(v.Type)
		i, known := slices.BinarySearchFunc(c.Vars, v.Offset, func(have Captured, o uint64) int { return cmp.Compare(have.Offset, o) })
		if c.Type != nil && !known {
			continue
		}
		name, byRef := strings.CutPrefix(v.Name, "&")
		out := Captured{Name: name, Offset: v.Offset, Type: t, ByRef: byRef}
		if byRef && t != nil && t.Kind == KindPointer {
			out.Type = t.Elem()
		}
		if known {
			// The struct has a pointer where the variable is captured by reference.
			if have := c.Vars[i].Type; have != nil && t != nil && have != t && have.Kind == KindPointer && !byRef {
				out.ByRef = have.Elem() == t
			}
			c.Vars[i] = out
			continue
		}
		c.Vars = slices.Insert(c.Vars, i, out)
	}
	return c
}
