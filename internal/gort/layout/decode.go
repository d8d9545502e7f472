package layout

import (
	"debug/dwarf"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// decode takes the wanted structs and constants from the sections. It only
// reads the compile units that hold them: the linker puts the types of the
// whole program into one named "runtime".
func decode(abbrev, info, addr []byte) (l *Layout, err error) {
	// debug/dwarf says of itself that it is not hardened against hostile input.
	defer func() {
		if r := recover(); r != nil {
			l, err = nil, fmt.Errorf("DWARF: malformed: %v", r)
		}
	}()
	d, err := dwarf.New(abbrev, nil, nil, info, nil, nil, nil, nil)
	if err == nil {
		err = d.AddSection(".debug_addr", addr) // entries of functions refer to it
	}
	if err != nil {
		return nil, fmt.Errorf("DWARF: %w", err)
	}
	x := decoder{
		r: d.Reader(), names: wantedNames(), types: map[dwarf.Offset]*dwarfType{},
		l: &Layout{PtrSize: 8, Structs: map[string]Struct{}, Consts: map[string]int64{}},
	}
	for _, u := range units(info) {
		if err := x.unit(u); err != nil {
			return nil, err
		}
	}
	return x.l, nil
}

// unit is the extent of one compile unit in .debug_info.
type unit struct{ root, end dwarf.Offset }

// units walks the headers of the compile units (DWARF 5, section 7.5.1.1).
func units(info []byte) []unit {
	var out []unit
	for off := 0; off+12 <= len(info); {
		length := int64(binary.LittleEndian.Uint32(info[off:]))
		if length < 8 || length > int64(len(info)-off-4) {
			break // damage, or 64-bit DWARF (all ones), which Go does not write
		}
		header := 11
		if binary.LittleEndian.Uint16(info[off+4:]) >= 5 {
			header = 12
		}
		out = append(out, unit{dwarf.Offset(off + header), dwarf.Offset(off + 4 + int(length))})
		off += 4 + int(length)
	}
	return out
}

// decoder walks compile units.
type decoder struct {
	r       *dwarf.Reader
	names   map[string]bool // the wanted types
	types   map[dwarf.Offset]*dwarfType
	l       *Layout
	entries int // read so far
	fields  int // taken so far
}

// dwarfType is what is needed of a type entry.
type dwarfType struct {
	name  string
	size  int64 // -1: unknown
	of    dwarf.Offset
	tag   dwarf.Tag
	count int64 // of an array
	kind  int64 // reflect.Kind, as the linker notes it
}

// The linker's own attributes, cmd/internal/dwarf/dwarf.go.
const (
	attrGoKind          = 0x2900
	attrGoEmbeddedField = 0x2903
)

// isStruct tells a Go struct from strings, slices and interfaces, which are
// structs in DWARF too.
func (t *dwarfType) isStruct() bool {
	return t.tag == dwarf.TagStructType && t.kind == abiStruct
}

const abiStruct = 25 // internal/abi.Struct

// unit takes the wanted things of one compile unit, if it is one of Go's that
// may hold any.
func (x *decoder) unit(u unit) error {
	x.r.Seek(u.root)
	root, err := x.r.Next()
	if err != nil || root == nil || root.Tag != dwarf.TagCompileUnit {
		return nil // C, or damaged: what lacks in the end is reported
	}
	const langGo = 0x16
	pkg, _ := root.Val(dwarf.AttrName).(string)
	lang, _ := root.Val(dwarf.AttrLanguage).(int64)
	if lang != langGo || wantedConsts[pkg] == nil || !root.Children {
		return nil
	}
	var found []dwarf.Offset
	for {
		e, err := x.next()
		if err != nil {
			return err
		}
		if e == nil || e.Offset >= u.end {
			break
		}
		switch e.Tag {
		case dwarf.TagConstant:
			name, _ := e.Val(dwarf.AttrName).(string)
			value, ok := e.Val(dwarf.AttrConstValue).(int64)
			dot := strings.LastIndexByte(name, '.')
			if ok && dot > 0 && WantsConst(name[:dot], name[dot+1:]) {
				x.l.Consts[name] = value
			}
		case dwarf.TagStructType, dwarf.TagTypedef:
			name, _ := e.Val(dwarf.AttrName).(string)
			if x.names[name] {
				found = append(found, e.Offset)
			}
		}
		// Children of structs and functions stand between the entries of this
		// level; walking over them costs less than asking for the level.
	}
	for _, off := range found {
		if err := x.take(off, 0); err != nil {
			return err
		}
	}
	return nil
}

func (x *decoder) next() (*dwarf.Entry, error) {
	if x.entries++; x.entries > maxEntries {
		return nil, errors.New("DWARF: too many entries")
	}
	e, err := x.r.Next()
	if err != nil {
		return nil, fmt.Errorf("DWARF: %w", err)
	}
	return e, nil
}

// take adds the struct, or named array, whose entry is at off.
func (x *decoder) take(off dwarf.Offset, depth int) error {
	t, err := x.typeAt(off)
	if err != nil {
		return err
	}
	under, at, err := x.underlying(off)
	if err != nil {
		return err
	}
	if under.tag == dwarf.TagStructType {
		return x.takeStruct(t.name, at, depth)
	}
	if under.tag == dwarf.TagArrayType {
		return x.takeArray(t.name, at, depth)
	}
	return nil
}

func (x *decoder) takeArray(name string, off dwarf.Offset, depth int) error {
	if _, ok := x.l.Structs[name]; ok {
		return nil
	}
	size, err := x.size(off, 0)
	if err != nil {
		return err
	}
	x.l.Structs[name] = Struct{Size: size, Fields: map[string]Field{}}
	elem, err := x.nested(name+".elem", off, depth+1)
	if err != nil {
		return err
	}
	x.l.Structs[name].Fields["elem"] = Field{Size: size, Type: elem}
	return nil
}

func (x *decoder) takeStruct(name string, off dwarf.Offset, depth int) error {
	if _, ok := x.l.Structs[name]; ok {
		return nil
	}
	if depth > maxTypeDepth || len(x.l.Structs) >= maxStructs || len(name) > maxName {
		return errors.New("DWARF: too many structs, or nested too deeply")
	}
	x.r.Seek(off)
	e, err := x.next()
	if err != nil || e == nil {
		return err
	}
	size, _ := e.Val(dwarf.AttrByteSize).(int64)
	if size < 0 || size > maxSize {
		return fmt.Errorf("DWARF: struct %s claims %d bytes", name, size)
	}
	out := Struct{Size: size, Fields: map[string]Field{}}
	x.l.Structs[name] = out
	type member struct {
		name     string
		typ      dwarf.Offset
		offset   int64
		embedded bool
	}
	var members []member
	for e.Children {
		m, err := x.next()
		if err != nil {
			return err
		}
		if m == nil || m.Tag == 0 {
			break
		}
		if x.fields++; m.Children || x.fields > maxFields {
			return fmt.Errorf("DWARF: struct %s is malformed", name)
		}
		if m.Tag != dwarf.TagMember {
			continue
		}
		var f member
		f.name, _ = m.Val(dwarf.AttrName).(string)
		f.name = f.name[:min(len(f.name), maxName)]
		f.typ, _ = m.Val(dwarf.AttrType).(dwarf.Offset)
		f.offset, _ = m.Val(dwarf.AttrDataMemberLoc).(int64)
		f.embedded, _ = m.Val(attrGoEmbeddedField).(bool)
		members = append(members, f)
	}
	for _, m := range members {
		if m.name == "_" {
			continue
		}
		f := Field{Offset: m.offset, Embedded: m.embedded}
		if f.Size, err = x.size(m.typ, 0); err != nil {
			return err
		}
		if f.Offset < 0 || f.Size < 0 || f.Offset > size-f.Size {
			return fmt.Errorf("DWARF: field %s.%s lies outside its struct", name, m.name)
		}
		if f.Type, err = x.nested(name+"."+m.name, m.typ, depth+1); err != nil {
			return err
		}
		out.Fields[m.name] = f
	}
	return nil
}

// nested names the type of a field and takes the structs inside it; see the
// same function of gosource.
func (x *decoder) nested(fieldName string, off dwarf.Offset, depth int) (string, error) {
	if depth > maxTypeDepth {
		return "", errors.New("DWARF: types nest too deeply")
	}
	t, err := x.typeAt(off)
	if err != nil {
		return "", err
	}
	switch {
	case t.tag == dwarf.TagArrayType:
		elem, err := x.nested(fieldName, t.of, depth+1)
		return fmt.Sprintf("[%d]%s", t.count, elem), err
	case t.tag == dwarf.TagTypedef:
		under, at, err := x.underlying(off)
		if err != nil || !under.isStruct() || under.name != t.name {
			return t.name, err
		}
		return t.name, x.takeStruct(t.name, at, depth)
	case t.isStruct():
		return fieldName, x.takeStruct(fieldName, off, depth)
	}
	return t.name, nil
}

// typeAt reads one type entry.
func (x *decoder) typeAt(off dwarf.Offset) (*dwarfType, error) {
	if t, ok := x.types[off]; ok {
		return t, nil
	}
	x.r.Seek(off)
	e, err := x.next()
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, fmt.Errorf("DWARF: no type at %#x", off)
	}
	t := &dwarfType{tag: e.Tag, size: -1}
	t.name, _ = e.Val(dwarf.AttrName).(string)
	t.name = t.name[:min(len(t.name), maxName)]
	if size, ok := e.Val(dwarf.AttrByteSize).(int64); ok {
		t.size = size
	}
	t.of, _ = e.Val(dwarf.AttrType).(dwarf.Offset)
	t.kind, _ = e.Val(attrGoKind).(int64)
	if e.Tag == dwarf.TagArrayType && e.Children {
		sub, err := x.next()
		if err != nil {
			return nil, err
		}
		if sub != nil {
			t.count, _ = sub.Val(dwarf.AttrCount).(int64)
		}
	}
	x.types[off] = t
	return t, nil
}

// underlying follows typedefs.
func (x *decoder) underlying(off dwarf.Offset) (*dwarfType, dwarf.Offset, error) {
	for range maxTypeDepth {
		t, err := x.typeAt(off)
		if err != nil {
			return nil, 0, err
		}
		if t.tag != dwarf.TagTypedef {
			return t, off, nil
		}
		off = t.of
	}
	return nil, 0, errors.New("DWARF: typedefs nest too deeply")
}

// size gives the size in bytes of the type at off.
func (x *decoder) size(off dwarf.Offset, depth int) (int64, error) {
	if depth > maxTypeDepth {
		return 0, errors.New("DWARF: types nest too deeply")
	}
	t, err := x.typeAt(off)
	if err != nil {
		return 0, err
	}
	switch {
	case t.size >= 0:
		return t.size, nil
	case t.tag == dwarf.TagPointerType || t.tag == dwarf.TagSubroutineType:
		return int64(x.l.PtrSize), nil
	case t.tag == dwarf.TagTypedef:
		return x.size(t.of, depth+1)
	case t.tag == dwarf.TagArrayType:
		elem, err := x.size(t.of, depth+1)
		return elem * t.count, err
	}
	return 0, nil
}

// wantedNames gives the names of the wanted types as a set.
func wantedNames() map[string]bool {
	names := map[string]bool{}
	for pkg, list := range Wanted {
		for _, name := range list {
			names[pkg+"."+name] = true
		}
	}
	return names
}
