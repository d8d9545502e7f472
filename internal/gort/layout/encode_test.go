package layout

import "encoding/binary"

// dwarfFile writes a small .debug_info by hand, so that its decoder is tested
// on what no linker writes.
type dwarfFile struct {
	version uint16
	info    []byte
}

// The abbreviations: tag, children, then attribute and form.
var abbrevs = []byte{
	1, 0x11, 1, 0x03, 0x08, 0x13, 0x0b, 0, 0, // compile_unit: name, language
	2, 0x13, 1, 0x03, 0x08, 0x0b, 0x0f, 0x80, 0x52, 0x0b, 0, 0, // structure_type: name, byte_size, go_kind
	3, 0x0d, 0, 0x03, 0x08, 0x38, 0x0f, 0x49, 0x10, 0x83, 0x52, 0x0c, 0, 0, // member: name, location, type, go_embedded
	4, 0x16, 0, 0x03, 0x08, 0x49, 0x10, 0, 0, // typedef: name, type
	5, 0x24, 0, 0x03, 0x08, 0x0b, 0x0f, 0, 0, // base_type: name, byte_size
	6, 0x01, 1, 0x03, 0x08, 0x49, 0x10, 0, 0, // array_type: name, type
	7, 0x21, 0, 0x37, 0x0f, 0, 0, // subrange_type: count
	8, 0x27, 0, 0x03, 0x08, 0x1c, 0x0d, 0, 0, // constant: name, const_value
	9, 0x0f, 0, 0x03, 0x08, 0, 0, // pointer_type: name
	0,
}

func (d *dwarfFile) at() uint32          { return uint32(len(d.info)) }
func (d *dwarfFile) put(b ...byte)       { d.info = append(d.info, b...) }
func (d *dwarfFile) name(s string)       { d.info = append(append(d.info, s...), 0) }
func (d *dwarfFile) ref(off uint32)      { d.info = binary.LittleEndian.AppendUint32(d.info, off) }
func (d *dwarfFile) number(n uint64)     { d.info = binary.AppendUvarint(d.info, n) }
func (d *dwarfFile) end()                { d.put(0) }
func (d *dwarfFile) patch(at, to uint32) { binary.LittleEndian.PutUint32(d.info[at:], to) }

// unit begins a compile unit and returns what ends it.
func (d *dwarfFile) unit(pkg string, language byte) (end func()) {
	start := d.at()
	d.ref(0)
	d.put(byte(d.version), 0)
	if d.version >= 5 {
		d.put(1, 8) // DW_UT_compile, address size
		d.ref(0)    // abbreviations
	} else {
		d.ref(0)
		d.put(8)
	}
	d.put(1)
	d.name(pkg)
	d.put(language)
	return func() {
		d.end()
		d.patch(start, d.at()-start-4)
	}
}

func (d *dwarfFile) base(name string, size uint64) uint32 {
	off := d.at()
	d.put(5)
	d.name(name)
	d.number(size)
	return off
}

func (d *dwarfFile) typedef(name string, of uint32) uint32 {
	off := d.at()
	d.put(4)
	d.name(name)
	d.ref(of)
	return off
}

func (d *dwarfFile) array(name string, of uint32, count uint64) uint32 {
	off := d.at()
	d.put(6)
	d.name(name)
	d.ref(of)
	d.put(7)
	d.number(count)
	d.end()
	return off
}

// structure begins a struct of kind 25 (Go struct) or another; end it with end.
func (d *dwarfFile) structure(name string, size uint64, kind byte) uint32 {
	off := d.at()
	d.put(2)
	d.name(name)
	d.number(size)
	d.put(kind)
	return off
}

func (d *dwarfFile) member(name string, offset uint64, typ uint32, embedded byte) {
	d.put(3)
	d.name(name)
	d.number(offset)
	d.ref(typ)
	d.put(embedded)
}

func (d *dwarfFile) constant(name string, value byte) { // below 64: one byte of SLEB128
	d.put(8)
	d.name(name)
	d.put(value)
}

// sample is a unit with one of each thing that the decoder takes.
func sample(version uint16) *dwarfFile {
	d := &dwarfFile{version: version}
	end := d.unit("main.c", 0x0c) // C: not for us
	d.constant("runtime._Gidle", 9)
	end()
	end = d.unit("runtime", 0x16)
	uintptrType := d.base("uintptr", 8)
	pointer := d.at()
	d.put(9)
	d.name("*runtime.g")
	stack := d.structure("runtime.stack", 16, 25)
	d.member("lo", 0, uintptrType, 0)
	d.member("hi", 8, uintptrType, 0)
	d.end()
	stackDef := d.typedef("runtime.stack", stack)
	text := d.structure("string", 16, 24)
	d.member("str", 0, uintptrType, 0)
	d.end()
	anonymous := d.structure("struct { runtime.stack; n uintptr }", 24, 25)
	d.member("stack", 0, stackDef, 1)
	d.member("n", 16, uintptrType, 0)
	d.end()
	stacks := d.array("[2]runtime.stack", stackDef, 2)
	g := d.structure("runtime.g", 120, 25)
	d.member("m", 0, pointer, 0)
	d.member("_", 8, uintptrType, 0)
	d.member("pair", 16, anonymous, 0)
	d.member("all", 40, stacks, 0)
	d.member("note", 72, text, 0)
	d.end()
	d.typedef("runtime.g", g)
	d.typedef("runtime.semTable", d.array("[3]struct { runtime.stack; n uintptr }", anonymous, 3))
	d.constant("runtime._Gwaiting", 4)
	d.constant("runtime.unwanted", 5)
	d.constant("runtime.waitReasonSleep", 2)
	d.constant("runtime.waitReasonNewThing", 3)
	end()
	return d
}
