package layout

import (
	"compress/zlib"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// MissingError says that a binary's DWARF lacks what a layout needs.
type MissingError struct {
	What []string // "runtime.g", "runtime.g.goid", ".debug_info"
}

func (e *MissingError) Error() string {
	const shown = 8
	if len(e.What) > shown {
		return fmt.Sprintf("DWARF lacks %s and %d more", strings.Join(e.What[:shown], ", "), len(e.What)-shown)
	}
	return "DWARF lacks " + strings.Join(e.What, ", ")
}

// Limits on what is read from a binary, which may be broken or made to harm.
const (
	maxDebugInfo = 512 << 20 // bytes; Kubernetes' largest program has 100 MiB
	maxAbbrev    = 16 << 20  // bytes
	maxEntries   = 20_000_000
	maxStructs   = 4096    // taken; Go 1.26 has 260
	maxFields    = 1 << 16 // of all structs taken; Go 1.26 has 1,700
	maxName      = 1 << 12 // bytes
	maxTypeDepth = 64      // typedefs and nested structs
)

// FromDWARF reads the layouts from the DWARF (version 4 or 5, compressed or
// not) of a binary made by the gc toolchain. goVersion is what the binary says
// of itself; it becomes Version as it is, shortened to the minor version where
// it has one. f must not be used by others meanwhile.
//
// The linker drops types that a program does not use, so the result may lack
// structs that [Required] calls optional. If others lack, the error is a
// [*MissingError] and comes together with the layout of what is there.
func FromDWARF(f *elf.File, goVersion string) (*Layout, error) {
	arch, ok := machines[f.Machine]
	if !ok || f.Class != elf.ELFCLASS64 || f.ByteOrder != binary.LittleEndian {
		return nil, fmt.Errorf("runtime layout from DWARF: %s %s is not supported", f.Machine, f.Class)
	}
	abbrev, err := debugSection(f, "abbrev", maxAbbrev)
	if err != nil {
		return nil, err
	}
	info, err := debugSection(f, "info", maxDebugInfo)
	if err != nil {
		return nil, err
	}
	addr, err := debugSection(f, "addr", maxDebugInfo)
	if err != nil && !errors.As(err, new(*MissingError)) { // DWARF 4 has none
		return nil, err
	}
	l, err := decode(abbrev, info, addr)
	if err != nil {
		return nil, err
	}
	l.Version, l.Arch, l.Source = goVersion, arch, "dwarf"
	number := -1
	if v, ok := parseVersion(goVersion); ok {
		l.Version, number = v.minor(), v.number
	}
	if arch == "amd64" {
		// A constant over 1<<63-1 has no entry; runtime/malloc.go, the same in
		// Go 1.11 to 1.27.
		l.Consts["runtime.arenaBaseOffset"] = -1 << 47
	}
	l.WaitReasons = reasonTexts(l.Consts)
	if missing := l.Missing(number, arch, true); len(missing) > 0 {
		return l, &MissingError{What: missing}
	}
	return l, nil
}

// machines maps to GOARCH.
var machines = map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}

// debugSection reads .debug_name or .zdebug_name, decompressed.
func debugSection(f *elf.File, name string, limit int64) ([]byte, error) {
	s, old := f.Section(".debug_"+name), false
	if s == nil {
		s, old = f.Section(".zdebug_"+name), true
	}
	if s == nil || s.Type == elf.SHT_NOBITS {
		return nil, &MissingError{What: []string{".debug_" + name}}
	}
	fail := func(err error) ([]byte, error) { return nil, fmt.Errorf("section %s: %w", s.Name, err) }
	var r io.Reader = s.Open() // decompresses SHF_COMPRESSED sections, zlib and zstd
	size := s.Size
	if old { // "ZLIB", the size in big endian, the stream
		var header [12]byte
		if _, err := io.ReadFull(r, header[:]); err != nil {
			return fail(err)
		}
		size = binary.BigEndian.Uint64(header[4:])
		z, err := zlib.NewReader(r)
		if err != nil {
			return fail(err)
		}
		defer z.Close()
		r = z
	}
	if size > uint64(limit) {
		return fail(fmt.Errorf("%d bytes are too many", size))
	}
	// The size is only claimed: trust it for at most 64 MiB before bytes come.
	out := make([]byte, 0, min(size, 64<<20)+1)
	for uint64(len(out)) < size {
		if len(out) == cap(out) {
			out = slices.Grow(out, min(len(out), int(size)-len(out)))
		}
		n, err := r.Read(out[len(out):min(cap(out), int(size))])
		out = out[:len(out)+n]
		if err == io.EOF && uint64(len(out)) == size {
			break
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fail(err)
		}
	}
	return out, nil
}

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
		length := int(binary.LittleEndian.Uint32(info[off:]))
		if length >= 0xfffffff0 || length < 8 || length > len(info)-off-4 {
			break // 64-bit DWARF, which Go does not write, or damage
		}
		header := 11
		if binary.LittleEndian.Uint16(info[off+4:]) >= 5 {
			header = 12
		}
		out = append(out, unit{dwarf.Offset(off + header), dwarf.Offset(off + 4 + length)})
		off += 4 + length
	}
	return out
}

// decoder walks compile units.
type decoder struct {
	r       *dwarf.Reader
	names   map[string]bool // the wanted types, until found
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

// reasonTexts gives the wait reasons by number. DWARF has their constants only;
// the texts come from the tables, by the constant's name. A reason that no
// table has is called by its name: "waitReasonNewThing".
func reasonTexts(consts map[string]int64) []string {
	texts := map[string]string{}
	for _, minor := range Versions() {
		t, err := TableOf(minor)
		if err != nil {
			continue
		}
		for name, n := range t.Base.Consts {
			if strings.HasPrefix(name, "runtime.waitReason") {
				texts[name] = t.Base.WaitReason(uint8(n))
			}
		}
	}
	var reasons []string
	for _, name := range slices.Sorted(maps.Keys(consts)) {
		n := consts[name]
		short, ok := strings.CutPrefix(name, "runtime.")
		if !ok || !strings.HasPrefix(short, "waitReason") || n < 0 || n > 255 {
			continue
		}
		for int64(len(reasons)) <= n {
			reasons = append(reasons, "")
		}
		if text, known := texts[name]; known {
			reasons[n] = text
		} else {
			reasons[n] = short
		}
	}
	return reasons
}
