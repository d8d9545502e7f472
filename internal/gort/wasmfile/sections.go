package wasmfile

// Value types and the forms of type entries that matter here.
const (
	formFunc    = 0x60
	formStruct  = 0x5f
	formRec     = 0x4e
	typeRef     = 0x64
	typeRefNull = 0x63
)

// types reads function types. The forms of the GC proposal are passed over, with all
// that follows: nothing that Go or TinyGo makes has them.
func (m *Module) types(r *reader) {
	for range r.count(1, "types") {
		at := r.at
		form := r.byte("a type")
		switch {
		case form == formFunc:
			m.Types = append(m.Types, FuncType{r.valueTypes("parameters"), r.valueTypes("results")})
		case form >= formRec && form <= formStruct:
			r.at = r.end
			// How many there are is not known: functions may name any.
			m.Types = append(m.Types, make([]FuncType, 1<<16)...)
			return
		default:
			r.failAt(at, Damaged, "no type begins with %#x", form)
		}
		if r.err != nil {
			return
		}
	}
}

func (r *reader) valueTypes(what string) []byte {
	n := r.count(1, what)
	var out []byte
	for range n {
		out = append(out, r.valueType())
	}
	return out
}

// valueType reads one value type; of a reference with a heap type only that it is one.
func (r *reader) valueType() byte {
	at := r.at
	t := r.byte("a value type")
	switch {
	case t == typeRef || t == typeRefNull:
		r.signed(33, "a heap type")
	case t >= 0x7b && t <= 0x7f, t >= 0x69 && t <= 0x74: // numbers and vectors; references
	default:
		r.failAt(at, Damaged, "%#x is no value type", t)
	}
	return t
}

func (r *reader) limits(what string) Limits {
	at := r.at
	flags := r.byte("the limits of " + what)
	if r.err == nil && flags > 7 {
		r.failAt(at, Damaged, "the limits of %s begin with %#x", what, flags)
		return Limits{}
	}
	l := Limits{HasMax: flags&1 != 0, Shared: flags&2 != 0, Bits64: flags&4 != 0}
	bits := 32
	if l.Bits64 {
		bits = 64
	}
	l.Min = r.unsigned(bits, "the size of "+what)
	if l.HasMax {
		l.Max = r.unsigned(bits, "the size of "+what)
		if r.err == nil && l.Max < l.Min {
			r.failAt(at, Damaged, "%s is larger than it may become", what)
		}
	}
	return l
}

func (m *Module) imports(r *reader) {
	for range r.count(4, "imports") {
		e := ImportEntry{Module: r.name("an import's module"), Name: r.name("an import's name")}
		at := r.at
		switch e.Kind = r.byte("an import's kind"); e.Kind {
		case KindFunc:
			e.Type = r.u32("an import's type")
			if r.err == nil && int(e.Type) >= len(m.Types) {
				r.failAt(at, Damaged, "the import %s.%s has type %d of %d", e.Module, e.Name, e.Type, len(m.Types))
			}
		case KindTable:
			r.valueType()
			r.limits("a table")
		case KindMemory:
			r.limits("a memory")
		case KindGlobal:
			r.valueType()
			r.byte("whether a global changes")
		case KindTag:
			r.byte("a tag's kind")
			r.u32("a tag's type")
		default:
			r.failAt(at, Damaged, "no import is of kind %d", e.Kind)
		}
		if r.err != nil {
			return
		}
		m.Imports = append(m.Imports, e)
	}
}

func (m *Module) exports(r *reader) {
	seen := map[string]bool{}
	for range r.count(3, "exports") {
		at := r.at
		e := ExportEntry{Name: r.name("an export's name"), Kind: r.byte("an export's kind"), Index: r.u32("an export's index")}
		switch {
		case r.err != nil:
			return
		case e.Kind > KindTag:
			r.failAt(at, Damaged, "no export is of kind %d", e.Kind)
		case seen[e.Name]:
			r.failAt(at, Damaged, "two exports are called %q", e.Name)
		}
		seen[e.Name] = true
		m.Exports = append(m.Exports, e)
	}
}

// segments reads the data segments.
func (m *Module) segments(r *reader) {
	for range r.count(2, "data segments") {
		at := r.at
		var s Segment
		switch flags := r.u32("a data segment's kind"); flags {
		case 0, 2:
			if flags == 2 && r.u32("a data segment's memory") != 0 {
				r.skipConst(&s)
				s.Known = false
				break
			}
			r.skipConst(&s)
		case 1:
			s.Passive = true
		default:
			r.failAt(at, Damaged, "no data segment is of kind %d", flags)
		}
		n := r.u32("a data segment's length")
		s.At = int64(r.at)
		s.Bytes = r.bytes(uint64(n), "a data segment")
		if r.err != nil {
			return
		}
		m.Segments = append(m.Segments, s)
	}
}

// Instructions that constant expressions are made of.
const (
	opEnd       = 0x0b
	opGlobalGet = 0x23
	opI32Const  = 0x41
	opI64Const  = 0x42
	opI32Add    = 0x6a
	opI64Mul    = 0x7e
)

// skipConst reads a constant expression: an address where it is a single number.
func (r *reader) skipConst(s *Segment) {
	for n := 0; r.err == nil; n++ {
		at := r.at
		switch op := r.byte("a constant expression"); {
		case op == opEnd:
			return
		case op == opI32Const:
			s.Addr, s.Known = uint64(uint32(r.signed(32, "a constant"))), n == 0
		case op == opI64Const:
			s.Addr, s.Known = uint64(r.signed(64, "a constant")), n == 0
		case op == opGlobalGet:
			r.u32("a global's index")
			s.Known = false
		case op >= opI32Add && op <= opI64Mul:
			s.Known = false
		default:
			r.failAt(at, Damaged, "%#x is no instruction of a constant expression", op)
		}
	}
}

// custom reads those custom sections that are of use. As the specification has it, an
// error in one does not make the module invalid: what cannot be read is left out.
func (m *Module) custom(s *Section, r *reader) {
	switch s.Name {
	case "name":
		m.nameSection(&reader{b: r.b, at: r.at, end: r.end})
	case "producers":
		m.producers(&reader{b: r.b, at: r.at, end: r.end})
	}
}

// Subsections of the name section.
const (
	namesModule = 0
	namesFuncs  = 1
)

func (m *Module) nameSection(r *reader) {
	for r.left() > 0 && r.err == nil {
		id := r.byte("a subsection")
		sub := r.part(uint64(r.u32("a subsection's length")), "a subsection")
		if r.err != nil {
			return
		}
		switch id {
		case namesModule:
			m.ModuleName = sub.name("the module's name")
		case namesFuncs:
			n := sub.count(2, "names")
			m.Names = make(map[uint32]string, n)
			for range n {
				i, name := sub.u32("an index"), sub.name("a name")
				if sub.err != nil {
					return
				}
				m.Names[i] = name
			}
		}
	}
}

func (m *Module) producers(r *reader) {
	for range r.count(2, "fields") {
		field := r.name("a field")
		for range r.count(2, "values") {
			p := Producer{Field: field, Name: r.name("a name"), Version: r.name("a version")}
			if r.err != nil {
				return
			}
			m.Producers = append(m.Producers, p)
		}
	}
}
