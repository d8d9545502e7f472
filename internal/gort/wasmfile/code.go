package wasmfile

import (
	"fmt"
	"slices"
	"strconv"
)

// What a browser checks of a function's code before it takes the module: that each
// instruction exists, that what it names is there, and that it finds values of the
// right types. The method is that of the specification's appendix on validation
// algorithms: a stack of types, and a stack of blocks.

// Value types.
const (
	i32       byte = 0x7f
	i64       byte = 0x7e
	f32       byte = 0x7d
	f64       byte = 0x7c
	v128      byte = 0x7b
	funcref   byte = 0x70
	externref byte = 0x6f
	anyType   byte = 0 // of code that is never reached: whatever is wanted
)

var typeNames = map[byte]string{i32: "i32", i64: "i64", f32: "f32", f64: "f64", v128: "v128", funcref: "funcref", externref: "externref", anyType: "any"}

func typeName(t byte) string {
	if n, ok := typeNames[t]; ok {
		return n
	}
	return fmt.Sprintf("type %#x", t)
}

func isRef(t byte) bool { return t == funcref || t == externref || t == anyType }

// CheckCode checks the code of all functions. unchecked is how many of them were not
// checked to their end, because they use parts of WebAssembly that neither Go nor
// TinyGo does: SIMD, threads, exceptions, garbage collection. The error is an *Error.
func (m *Module) CheckCode() (unchecked int, err error) {
	if m.exotic {
		return len(m.Bodies), nil
	}
	c := &checker{m: m}
	for _, i := range m.Imports {
		if i.Kind == KindFunc {
			c.funcs = append(c.funcs, i.Type)
		}
	}
	c.imported = len(c.funcs)
	c.funcs = append(c.funcs, m.Funcs...)
	// A hostile module may have functions of a thousand results that are passed on by
	// each byte of code.
	c.budget = 64*m.Size + 1<<20
	for i, b := range m.Bodies {
		if c.budget < 0 {
			return unchecked + len(m.Bodies) - i, nil
		}
		if !c.function(i, b) {
			unchecked++
		}
		if c.r.err != nil {
			return unchecked, c.r.err
		}
	}
	return unchecked, nil
}

// checker checks one function after the other.
type checker struct {
	m        *Module
	funcs    []uint32 // types, the imported ones first
	imported int
	r        reader
	op       int // where the present instruction begins
	index    int // of the function
	stack    []byte
	blocks   []block
	locals   []run
	results  []byte
	budget   int64
	stop     bool // an instruction that is not known here
}

// run is a row of locals of one type, up to but without end.
type run struct {
	end  uint64
	kind byte
}

type block struct {
	op            byte
	params, gives []byte
	height        int
	dead          bool // what follows in it is never reached
}

const (
	opBlock byte = 0x02
	opLoop  byte = 0x03
	opIf    byte = 0x04
	opElse  byte = 0x05
)

// mostLocals is the limit of browsers (WebAssembly JavaScript Interface, limits).
const mostLocals = 50_000

// function checks one function; false: not to its end.
func (c *checker) function(i int, b Body) bool {
	c.index = i + c.imported
	c.r = reader{b: c.m.bytes, at: int(b.At), end: int(b.At + b.Size), section: "code"}
	c.stack, c.blocks, c.locals, c.stop = c.stack[:0], c.blocks[:0], c.locals[:0], false
	c.op = c.r.at
	t := c.m.Types[c.m.Funcs[i]]
	c.results = t.Results
	n := uint64(0)
	for _, p := range t.Params {
		n++
		c.local(n, p)
	}
	for range c.r.count(2, "locals") {
		more := uint64(c.r.u32("a number of locals"))
		kind := c.r.valueType()
		if n += more; n > mostLocals {
			c.fail("%d locals, and browsers take %d", n, mostLocals)
		}
		if c.r.err != nil {
			break
		}
		c.local(n, kind)
	}
	c.enter(opBlock, nil, t.Results)
	for c.r.err == nil && !c.stop && len(c.blocks) > 0 && c.budget >= 0 {
		c.op = c.r.at
		c.instruction(c.r.byte("an instruction"))
	}
	if c.r.err == nil && !c.stop && c.budget >= 0 && c.r.left() > 0 {
		c.op = c.r.at
		c.fail("%d bytes behind its end", c.r.left())
	}
	return !c.stop && c.budget >= 0
}

func (c *checker) local(end uint64, kind byte) {
	if n := len(c.locals); n > 0 && c.locals[n-1].kind == kind {
		c.locals[n-1].end = end
		return
	}
	c.locals = append(c.locals, run{end, kind})
}

// fail notes an error at the present instruction, with the function it stands in.
func (c *checker) fail(format string, args ...any) {
	name := strconv.Itoa(c.index)
	if s := c.m.Names[uint32(c.index)]; s != "" {
		name += " (" + s + ")"
	}
	c.r.failAt(c.op, Damaged, "function %s: %s", name, fmt.Sprintf(format, args...))
}

func (c *checker) push(t byte) {
	c.stack = append(c.stack, t)
	c.budget--
}

func (c *checker) pushAll(ts []byte) {
	c.stack = append(c.stack, ts...)
	c.budget -= int64(len(ts))
}

// pop takes the value on top, whatever it is.
func (c *checker) pop() byte {
	c.budget--
	b := &c.blocks[len(c.blocks)-1]
	if len(c.stack) == b.height {
		if !b.dead {
			c.fail("a value is wanted, and there is none")
		}
		return anyType
	}
	t := c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
	return t
}

// want takes a value of a type.
func (c *checker) want(t byte) {
	if got := c.pop(); got != t && got != anyType && t != anyType {
		c.fail("%s is wanted, and %s is there", typeName(t), typeName(got))
	}
}

func (c *checker) wantAll(ts []byte) {
	for _, t := range slices.Backward(ts) {
		c.want(t)
	}
}

func (c *checker) enter(op byte, params, gives []byte) {
	c.blocks = append(c.blocks, block{op: op, params: params, gives: gives, height: len(c.stack)})
	c.pushAll(params)
}

// leave ends the innermost block.
func (c *checker) leave() block {
	b := c.blocks[len(c.blocks)-1]
	c.wantAll(b.gives)
	if c.r.err == nil && len(c.stack) != b.height {
		c.fail("%d values are left over", len(c.stack)-b.height)
	}
	c.blocks = c.blocks[:len(c.blocks)-1]
	return b
}

// dead: what follows in this block is never reached.
func (c *checker) dead() {
	b := &c.blocks[len(c.blocks)-1]
	c.stack = c.stack[:b.height]
	b.dead = true
}

// label returns the types that a jump to a label takes.
func (c *checker) label(n uint64) []byte {
	if n >= uint64(len(c.blocks)) {
		c.fail("a jump to label %d of %d", n, len(c.blocks))
		return nil
	}
	b := &c.blocks[len(c.blocks)-1-int(n)]
	if b.op == opLoop {
		return b.params
	}
	return b.gives
}

// blockType reads what a block takes and gives.
func (c *checker) blockType() (params, gives []byte) {
	if c.r.at < c.r.end {
		switch b := c.r.b[c.r.at]; {
		case b == 0x40:
			c.r.at++
			return nil, nil
		case b&0xc0 == 0x40: // a value type
			t := c.r.valueType()
			return nil, []byte{t}
		}
	}
	n := c.r.signed(33, "a block's type")
	if n < 0 || n >= int64(len(c.m.Types)) {
		c.fail("a block of type %d of %d", n, len(c.m.Types))
		return nil, nil
	}
	t := &c.m.Types[n]
	return t.Params, t.Results
}

func (c *checker) localType() byte {
	n := uint64(c.r.u32("a local's index"))
	i, _ := slices.BinarySearchFunc(c.locals, n, func(r run, n uint64) int {
		if r.end <= n {
			return -1
		}
		return 1
	})
	if i == len(c.locals) {
		c.fail("local %d of %d", n, c.numLocals())
		return anyType
	}
	return c.locals[i].kind
}

func (c *checker) numLocals() uint64 {
	if len(c.locals) == 0 {
		return 0
	}
	return c.locals[len(c.locals)-1].end
}

// memory checks that there is one, and returns the type of its addresses.
func (c *checker) memory(n uint64) byte {
	if n >= uint64(len(c.m.allMemories)) {
		c.fail("memory %d of %d", n, len(c.m.allMemories))
		return anyType
	}
	if c.m.allMemories[n].Bits64 {
		return i64
	}
	return i32
}

// memoryArgument reads alignment and offset, and takes nothing.
func (c *checker) memoryArgument(most uint32) (address byte) {
	align := c.r.u32("an alignment")
	memory := uint64(0)
	if align&0x40 != 0 && len(c.m.allMemories) > 1 {
		align &^= 0x40
		memory = uint64(c.r.u32("a memory's index"))
	}
	address = c.memory(memory)
	bits := 32
	if address == i64 {
		bits = 64
	}
	c.r.unsigned(bits, "an offset")
	if c.r.err == nil && align > most {
		c.fail("an alignment of 2^%d, and 2^%d is the most", align, most)
	}
	return address
}

func (c *checker) table(n uint32) tableType {
	if int(n) >= len(c.m.tables) {
		c.fail("table %d of %d", n, len(c.m.tables))
		return tableType{}
	}
	return c.m.tables[n]
}

// funcType reads a type's index.
func (c *checker) funcType(n uint32) *FuncType {
	if int(n) >= len(c.m.Types) {
		c.fail("type %d of %d", n, len(c.m.Types))
		return &FuncType{}
	}
	return &c.m.Types[n]
}
