package debuginfo

// Type is a type's entry, or that of a declaration of its name.
type Type struct {
	Off  uint32
	Name string // with the whole path of packages
	// Kind is the number of the type's kind (internal/abi.Kind), 0: the entry does
	// not tell, as of a declared name, whose underlying type is Elem.
	Kind    uint8
	Declare bool   // a name declared for Elem
	Size    uint64 // bytes
	HasSize bool
	// Runtime is where the type's description lies, from the start of the section
	// that has the types; HasRuntime is false where the linker left it out.
	Runtime    uint64
	HasRuntime bool
	// Elem is what an array, pointer, slice, chan or map leads to; Key a map's.
	Elem, Key uint32
	Count     uint64 // of an array
	Members   []Member
}

// Member is a field of a struct.
type Member struct {
	Name     string
	Offset   uint64
	Type     uint32
	Embedded bool
}

// Kinds that are told by the tag alone (internal/abi/type.go).
const (
	kindArray   = 17
	kindFunc    = 19
	kindPointer = 22
	kindSlice   = 23
	kindStruct  = 25
)

// TypeAt reads the type entry at an offset of .debug_info.
func (d *Data) TypeAt(off uint32) (Type, bool) {
	u := d.unitOf(off)
	if u == nil {
		return Type{}, false
	}
	var e entry
	c := cursor{d: d, u: u, at: int(off)}
	if !c.next(&e) {
		return Type{}, false
	}
	t := Type{Off: off, Name: string(e.name)}
	kind, _ := e.get(attrGoKind)
	t.Kind = uint8(kind & 31)
	t.Size, t.HasSize = e.get(attrByteSize)
	t.Runtime, t.HasRuntime = e.get(attrGoRuntimeType)
	t.Elem, t.Key = e.ref(attrType), e.ref(attrGoKey)
	if elem := e.ref(attrGoElem); elem != 0 {
		t.Elem = elem // of maps, chans and slices: what they are made of comes after
	}
	switch e.tag {
	case tagTypedef:
		t.Declare = t.Kind == 0
	case tagPointer:
		if t.Kind == 0 {
			t.Kind = kindPointer // one that the linker made up
		}
	case tagArray:
		t.Kind = kindArray
		var sub entry
		if e.children && c.next(&sub) && sub.tag == tagSubrange {
			t.Count, _ = sub.get(attrCount)
		}
	case tagSubroutineType:
		t.Kind = kindFunc
	case tagStruct:
		if t.Kind == 0 {
			t.Kind = kindStruct // a map's or a chan's, which the linker made up
		}
		if t.Kind == kindStruct && e.children {
			t.Members = c.members()
		}
	case tagBase, tagUnspecified:
	default:
		return Type{}, false
	}
	return t, true
}

func (c *cursor) members() []Member {
	const most = 1 << 12
	var out []Member
	var e entry
	for len(out) < most && c.next(&e) && e.tag != 0 {
		if e.tag != tagMember || e.children {
			continue
		}
		off, _ := e.get(attrMemberLocation)
		embedded, _ := e.get(attrGoEmbedded)
		out = append(out, Member{string(e.name), off, e.ref(attrType), embedded != 0})
	}
	return out
}
