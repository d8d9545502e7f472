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
			r.at, m.exotic = r.end, true
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
		r.noteExotic()
	case t >= v128 && t <= i32, t == funcref, t == externref:
	case t >= 0x69 && t <= 0x74: // other references
		r.noteExotic()
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
	if l.Shared && !l.HasMax {
		r.failAt(at, Damaged, "%s is shared, and its largest size is not said", what)
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
			m.tables = append(m.tables, r.tableType())
		case KindMemory:
			m.allMemories = append(m.allMemories, r.limits("a memory"))
		case KindGlobal:
			m.globals = append(m.globals, r.globalType())
		case KindTag:
			m.tags++
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

func (r *reader) tableType() tableType {
	t := tableType{kind: r.valueType(), address: i32}
	if r.limits("a table").Bits64 {
		t.address = i64
	}
	return t
}

func (r *reader) globalType() globalType {
	g := globalType{kind: r.valueType()}
	at := r.at
	b := r.byte("whether a global changes")
	if r.err == nil && b > 1 {
		r.failAt(at, Damaged, "%#x does not say whether a global changes", b)
	}
	g.changes = b == 1
	return g
}

func (m *Module) ownTables(r *reader) {
	for range r.count(3, "tables") {
		filled := r.left() > 1 && r.b[r.at] == 0x40 && r.b[r.at+1] == 0
		if filled {
			r.at += 2
		}
		m.tables = append(m.tables, r.tableType())
		if filled {
			m.constant(r)
		}
		if r.err != nil {
			return
		}
	}
}

func (m *Module) ownGlobals(r *reader) {
	for range r.count(4, "globals") {
		at := r.at
		g := r.globalType()
		if v := m.constant(r); r.err == nil && v.kind != g.kind && v.kind != anyType {
			r.failAt(at, Damaged, "a global of %s that begins with %s", typeName(g.kind), typeName(v.kind))
		}
		if r.err != nil {
			return
		}
		m.globals = append(m.globals, g)
	}
}

// elementSegments reads what tables are filled with.
func (m *Module) elementSegments(r *reader) {
	all := uint64(len(m.Funcs) + m.ImportedFuncs())
	for range r.count(2, "element segments") {
		at := r.at
		flags := r.u32("an element segment's kind")
		if r.err == nil && flags > 7 {
			r.failAt(at, Damaged, "no element segment is of kind %d", flags)
		}
		active, kind, expressions := flags&1 == 0, funcref, flags&4 != 0
		if active {
			table := uint32(0)
			if flags&2 != 0 {
				table = r.u32("a table's index")
			}
			if r.err == nil && int(table) >= len(m.tables) {
				r.failAt(at, Damaged, "elements for table %d of %d", table, len(m.tables))
			}
			m.constant(r)
		}
		if flags&3 != 0 {
			at := r.at
			if expressions {
				kind = r.valueType()
			} else if b := r.byte("the elements' kind"); b != 0 && r.err == nil {
				r.failAt(at, Damaged, "no elements are of kind %d", b)
			}
		}
		for range r.count(1, "elements") {
			at := r.at
			if expressions {
				m.constant(r)
			} else if n := uint64(r.u32("a function's index")); n >= all && r.err == nil {
				r.failAt(at, Damaged, "an element is function %d of %d", n, all)
			}
			if r.err != nil {
				return
			}
		}
		if r.err != nil {
			return
		}
		m.elements = append(m.elements, kind)
	}
}

// segments reads the data segments.
func (m *Module) segments(r *reader) {
	for range r.count(2, "data segments") {
		at := r.at
		var s Segment
		switch flags := r.u32("a data segment's kind"); flags {
		case 0, 2:
			memory := uint32(0)
			if flags == 2 {
				memory = r.u32("a memory's index")
			}
			if r.err == nil && int(memory) >= len(m.allMemories) {
				r.failAt(at, Damaged, "data for memory %d of %d", memory, len(m.allMemories))
			}
			place := m.constant(r)
			s.Addr, s.Known = place.number, place.single && memory == 0
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
	opEnd       byte = 0x0b
	opGlobalGet byte = 0x23
	opI32Const  byte = 0x41
	opI64Const  byte = 0x42
	opF32Const  byte = 0x43
	opF64Const  byte = 0x44
	opRefNull   byte = 0xd0
	opRefFunc   byte = 0xd2
)

// constValue is what a constant expression gives.
type constValue struct {
	kind   byte   // anyType: not known
	number uint64 // of a single i32.const or i64.const
	single bool
}

// constant reads a constant expression.
func (m *Module) constant(r *reader) (v constValue) {
	for n := 0; r.err == nil; n++ {
		at := r.at
		switch op := r.byte("a constant expression"); op {
		case opEnd:
			if n == 0 {
				r.failAt(at, Damaged, "a constant expression that gives nothing")
			}
			return v
		case opI32Const:
			v = constValue{i32, uint64(uint32(r.signed(32, "a constant"))), n == 0}
		case opI64Const:
			v = constValue{i64, uint64(r.signed(64, "a constant")), n == 0}
		case opF32Const:
			r.bytes(4, "a constant")
			v = constValue{kind: f32}
		case opF64Const:
			r.bytes(8, "a constant")
			v = constValue{kind: f64}
		case opGlobalGet:
			g := r.u32("a global's index")
			if r.err == nil && int(g) >= len(m.globals) {
				r.failAt(at, Damaged, "global %d of %d", g, len(m.globals))
				return v
			}
			if r.err == nil {
				v = constValue{kind: m.globals[g].kind}
			}
		case opRefNull:
			v = constValue{kind: r.byte("a reference's type")}
		case opRefFunc:
			f := r.u32("a function's index")
			if all := len(m.Funcs) + m.ImportedFuncs(); r.err == nil && int(f) >= all {
				r.failAt(at, Damaged, "function %d of %d", f, all)
			}
			v = constValue{kind: funcref}
		case 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e: // add, sub, mul
			v.single = false
		case 0xfb, 0xfd: // garbage collection, SIMD: what follows is not read
			m.exotic = true
			r.at = r.end
			return constValue{}
		default:
			r.failAt(at, Damaged, "%#x is no instruction of a constant expression", op)
		}
		if n > 0 && v.single {
			v.single = false
		}
	}
	return v
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
