package wasmfile

import (
	"bytes"
	"slices"
)

// plain are the instructions that only take values and give one: of each row of
// opcodes what they take and give (chapter 5.4 of the specification).
var plain = []struct {
	first, last byte
	takes       string // a letter a value: i i32, I i64, f f32, F f64
	gives       byte
}{
	{0x45, 0x45, "i", i32}, {0x46, 0x4f, "ii", i32}, {0x50, 0x50, "I", i32}, {0x51, 0x5a, "II", i32},
	{0x5b, 0x60, "ff", i32}, {0x61, 0x66, "FF", i32},
	{0x67, 0x69, "i", i32}, {0x6a, 0x78, "ii", i32}, {0x79, 0x7b, "I", i64}, {0x7c, 0x8a, "II", i64},
	{0x8b, 0x91, "f", f32}, {0x92, 0x98, "ff", f32}, {0x99, 0x9f, "F", f64}, {0xa0, 0xa6, "FF", f64},
	{0xa7, 0xa7, "I", i32}, {0xa8, 0xa9, "f", i32}, {0xaa, 0xab, "F", i32}, {0xac, 0xad, "i", i64},
	{0xae, 0xaf, "f", i64}, {0xb0, 0xb1, "F", i64}, {0xb2, 0xb3, "i", f32}, {0xb4, 0xb5, "I", f32},
	{0xb6, 0xb6, "F", f32}, {0xb7, 0xb8, "i", f64}, {0xb9, 0xba, "I", f64}, {0xbb, 0xbb, "f", f64},
	{0xbc, 0xbc, "f", i32}, {0xbd, 0xbd, "F", i64}, {0xbe, 0xbe, "i", f32}, {0xbf, 0xbf, "I", f64},
	{0xc0, 0xc1, "i", i32}, {0xc2, 0xc4, "I", i64},
}

// effect is what a plain instruction takes, from the top down, and gives.
type effect struct {
	takes []byte
	gives byte
}

var effects = func() (all [256]effect) {
	letters := map[rune]byte{'i': i32, 'I': i64, 'f': f32, 'F': f64}
	for _, row := range plain {
		for op := int(row.first); op <= int(row.last); op++ {
			for _, l := range row.takes {
				all[op].takes = append(all[op].takes, letters[l])
			}
			all[op].gives = row.gives
		}
	}
	return all
}()

// accesses are the loads and stores from 0x28 on: the value, and the exponent of the
// largest alignment.
var accesses = [...]struct {
	value byte
	most  uint32
}{
	{i32, 2}, {i64, 3}, {f32, 2}, {f64, 3}, // loads
	{i32, 0}, {i32, 0}, {i32, 1}, {i32, 1}, {i64, 0}, {i64, 0}, {i64, 1}, {i64, 1}, {i64, 2}, {i64, 2},
	{i32, 2}, {i64, 3}, {f32, 2}, {f64, 3}, {i32, 0}, {i32, 1}, {i64, 0}, {i64, 1}, {i64, 2}, // stores
}

const (
	firstLoad  = 0x28
	firstStore = 0x36
	lastStore  = 0x3e
)

// instruction checks one instruction, whose first byte is op.
func (c *checker) instruction(op byte) {
	if e := &effects[op]; e.takes != nil {
		for _, t := range e.takes {
			c.want(t)
		}
		c.push(e.gives)
		return
	}
	switch {
	case op >= firstLoad && op <= lastStore:
		a := accesses[op-firstLoad]
		address := c.memoryArgument(a.most)
		if op >= firstStore {
			c.want(a.value)
			c.want(address)
		} else {
			c.want(address)
			c.push(a.value)
		}
		return
	case op <= 0x13:
		c.control(op)
		return
	}
	switch op {
	case 0x1a: // drop
		c.pop()
	case 0x1b: // select
		c.want(i32)
		a, b := c.pop(), c.pop()
		if a == anyType {
			a = b
		}
		if a != b && b != anyType || a == funcref || a == externref {
			c.fail("%s and %s to select from", typeName(b), typeName(a))
		}
		c.push(a)
	case 0x1c: // select, of a type
		if n := c.r.u32("the number of types"); c.r.err == nil && n != 1 {
			c.fail("%d types to select", n)
		}
		t := c.r.valueType()
		c.want(i32)
		c.want(t)
		c.want(t)
		c.push(t)
	case 0x20: // local.get
		c.push(c.localType())
	case 0x21: // local.set
		c.want(c.localType())
	case 0x22: // local.tee
		t := c.localType()
		c.want(t)
		c.push(t)
	case 0x23: // global.get
		c.push(c.global(false))
	case 0x24: // global.set
		c.want(c.global(true))
	case 0x25: // table.get
		t := c.table(c.r.u32("a table's index"))
		c.want(t.address)
		c.push(t.kind)
	case 0x26: // table.set
		t := c.table(c.r.u32("a table's index"))
		c.want(t.kind)
		c.want(t.address)
	case 0x3f: // memory.size
		c.push(c.memory(uint64(c.r.u32("a memory's index"))))
	case 0x40: // memory.grow
		t := c.memory(uint64(c.r.u32("a memory's index")))
		c.want(t)
		c.push(t)
	case opI32Const:
		c.r.signed(32, "a constant")
		c.push(i32)
	case opI64Const:
		c.r.signed(64, "a constant")
		c.push(i64)
	case opF32Const:
		c.r.bytes(4, "a constant")
		c.push(f32)
	case opF64Const:
		c.r.bytes(8, "a constant")
		c.push(f64)
	case opRefNull:
		t := c.r.byte("a reference's type")
		if t != funcref && t != externref {
			c.stop = true
			return
		}
		c.push(t)
	case 0xd1: // ref.is_null
		if t := c.pop(); !isRef(t) {
			c.fail("a reference is wanted, and %s is there", typeName(t))
		}
		c.push(i32)
	case opRefFunc:
		if n := c.r.u32("a function's index"); c.r.err == nil && int(n) >= len(c.funcs) {
			c.fail("function %d of %d", n, len(c.funcs))
		}
		c.push(funcref)
	case 0xfc:
		c.more(c.r.u32("an instruction"))
	case 0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f, 0x14, 0x15, 0xd3, 0xd4, 0xd5, 0xd6, 0xfb, 0xfd, 0xfe:
		c.stop = true // exceptions, typed references, garbage collection, SIMD, threads
	default:
		c.fail("no instruction begins with %#x", op)
	}
}

func (c *checker) global(set bool) byte {
	n := c.r.u32("a global's index")
	if int(n) >= len(c.m.globals) {
		c.fail("global %d of %d", n, len(c.m.globals))
		return anyType
	}
	g := c.m.globals[n]
	if set && !g.changes {
		c.fail("global %d is constant", n)
	}
	return g.kind
}

// control checks blocks, jumps and calls.
func (c *checker) control(op byte) {
	switch op {
	case 0x00: // unreachable
		c.dead()
	case 0x01: // nop
	case opBlock, opLoop, opIf:
		params, gives := c.blockType()
		if op == opIf {
			c.want(i32)
		}
		c.wantAll(params)
		c.enter(op, params, gives)
	case opElse:
		b := c.leave()
		if b.op != opIf {
			c.fail("else without if")
			return
		}
		c.enter(opElse, b.params, b.gives)
	case opEnd:
		b := c.leave()
		if b.op == opIf && !bytes.Equal(b.params, b.gives) {
			c.fail("an if without else that changes the stack")
		}
		c.pushAll(b.gives)
		if len(c.blocks) == 0 {
			c.stack = c.stack[:0]
		}
	case 0x0c: // br
		c.wantAll(c.label(uint64(c.r.u32("a label"))))
		c.dead()
	case 0x0d: // br_if
		c.want(i32)
		ts := c.label(uint64(c.r.u32("a label")))
		c.wantAll(ts)
		c.pushAll(ts)
	case 0x0e: // br_table
		c.jumps()
	case 0x0f: // return
		c.wantAll(c.results)
		c.dead()
	case 0x10, 0x12: // call, return_call
		n := c.r.u32("a function's index")
		if int(n) >= len(c.funcs) {
			c.fail("a call of function %d of %d", n, len(c.funcs))
			return
		}
		c.call(c.funcType(c.funcs[n]), op == 0x12)
	case 0x11, 0x13: // call_indirect, return_call_indirect
		t := c.funcType(c.r.u32("a function's type"))
		table := c.table(c.r.u32("a table's index"))
		if c.r.err == nil && table.kind != funcref {
			c.fail("a call through a table of %s", typeName(table.kind))
		}
		c.want(table.address)
		c.call(t, op == 0x13)
	default: // exceptions
		c.stop = true
	}
}

func (c *checker) call(t *FuncType, last bool) {
	c.wantAll(t.Params)
	if !last {
		c.pushAll(t.Results)
		return
	}
	if !bytes.Equal(t.Results, c.results) {
		c.fail("the last call gives other results than the function")
	}
	c.dead()
}

// jumps checks a br_table: all labels take as many values, and find theirs on the stack.
func (c *checker) jumps() {
	n := c.r.count(1, "labels")
	c.want(i32)
	var labels []uint64
	for range n + 1 {
		labels = append(labels, uint64(c.r.u32("a label")))
	}
	if c.r.err != nil {
		return
	}
	slices.Sort(labels) // most name the same few
	arity := -1
	for _, l := range slices.Compact(labels) {
		ts := c.label(l)
		if c.r.err != nil {
			return
		}
		if arity >= 0 && len(ts) != arity {
			c.fail("labels that take %d and %d values", arity, len(ts))
			return
		}
		arity = len(ts)
		var found []byte
		for _, t := range slices.Backward(ts) {
			got := c.pop()
			if got != t && got != anyType {
				c.fail("%s is wanted, and %s is there", typeName(t), typeName(got))
			}
			found = append(found, got)
		}
		slices.Reverse(found)
		c.pushAll(found)
	}
	c.dead()
}

// more checks the instructions behind the byte 0xfc.
func (c *checker) more(op uint32) {
	index := func(of int, what string) uint32 {
		n := c.r.u32("the index of " + what)
		if c.r.err == nil && int(n) >= of {
			c.fail("%s %d of %d", what, n, of)
		}
		return n
	}
	memory := func() byte { return c.memory(uint64(c.r.u32("a memory's index"))) }
	switch op {
	case 0, 1, 2, 3: // i32.trunc_sat
		c.want([]byte{f32, f32, f64, f64}[op])
		c.push(i32)
	case 4, 5, 6, 7: // i64.trunc_sat
		c.want([]byte{f32, f32, f64, f64}[op-4])
		c.push(i64)
	case 8: // memory.init
		if c.announced() {
			index(c.m.announced, "data segment")
		}
		t := memory()
		c.want(i32)
		c.want(i32)
		c.want(t)
	case 9: // data.drop
		if c.announced() {
			index(c.m.announced, "data segment")
		}
	case 10: // memory.copy
		to, from := memory(), memory()
		c.want(shorter(to, from))
		c.want(from)
		c.want(to)
	case 11: // memory.fill
		t := memory()
		c.want(t)
		c.want(i32)
		c.want(t)
	case 12: // table.init
		e := index(len(c.m.elements), "element segment")
		t := c.table(c.r.u32("a table's index"))
		if c.r.err == nil && c.m.elements[e] != t.kind {
			c.fail("elements of %s for a table of %s", typeName(c.m.elements[e]), typeName(t.kind))
		}
		c.want(i32)
		c.want(i32)
		c.want(t.address)
	case 13: // elem.drop
		index(len(c.m.elements), "element segment")
	case 14: // table.copy
		to, from := c.table(c.r.u32("a table's index")), c.table(c.r.u32("a table's index"))
		if c.r.err == nil && to.kind != from.kind {
			c.fail("a table of %s copied into one of %s", typeName(from.kind), typeName(to.kind))
		}
		c.want(shorter(to.address, from.address))
		c.want(from.address)
		c.want(to.address)
	case 15: // table.grow
		t := c.table(c.r.u32("a table's index"))
		c.want(t.address)
		c.want(t.kind)
		c.push(t.address)
	case 16: // table.size
		c.push(c.table(c.r.u32("a table's index")).address)
	case 17: // table.fill
		t := c.table(c.r.u32("a table's index"))
		c.want(t.address)
		c.want(t.kind)
		c.want(t.address)
	default:
		c.fail("no instruction begins with 0xfc and %d", op)
	}
}

// announced: instructions that name data segments need their number ahead of the code.
func (c *checker) announced() bool {
	if c.m.announced < 0 {
		c.fail("a data segment is named, and their number is not announced")
		return false
	}
	return true
}

// shorter is the type of a length between two memories or tables.
func shorter(a, b byte) byte {
	if a == i64 && b == i64 {
		return i64
	}
	return i32
}
