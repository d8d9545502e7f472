package wasmfile

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// MaxSize is the size in bytes above which a module is not looked at: what browsers
// take (WebAssembly JavaScript Interface, limits).
const MaxSize = 1 << 30

// Parse reads a module. The error is an [*Error]; the module then holds what stands
// before the place where it breaks, and is nil only where the file is no module at all.
func Parse(b []byte) (*Module, error) {
	if err := begins(b); err != nil {
		return nil, err
	}
	m := &Module{Size: int64(len(b)), StartFunc: -1, bytes: b, announced: -1}
	r := &reader{b: b, at: 8, end: len(b), exotic: &m.exotic}
	last := 0
	for r.left() > 0 && r.err == nil {
		s, body := m.section(r)
		if body == nil {
			break
		}
		if s.ID != Custom {
			place := order(s.ID)
			if place <= last {
				r.failAt(int(s.At), Damaged, "the section %s stands in the wrong place, or twice", s.Name)
				break
			}
			last = place
		}
		m.contents(s, body)
		if body.err != nil {
			r.err = body.err
			break
		}
	}
	if r.err == nil {
		m.agree(r, m.announced)
	}
	if r.err != nil {
		return m, r.err
	}
	return m, nil
}

// begins checks the eight bytes at the start.
func begins(b []byte) error {
	if len(b) == 0 {
		return &Error{Reason: Empty, What: "the file is empty"}
	}
	magic := []byte("\x00asm")
	n := min(len(b), 4)
	switch {
	case !bytes.Equal(b[:n], magic[:n]):
		return &Error{Reason: NotWasm, What: "the first bytes are " + hexBytes(b[:n]) + ", not 00 61 73 6d"}
	case len(b) < 8:
		return &Error{Reason: Truncated, Offset: int64(len(b)), What: "the file ends within its first 8 bytes"}
	case len(b) > MaxSize:
		return &Error{Reason: TooLarge, Offset: MaxSize, What: "browsers take modules of up to 1 GiB"}
	}
	switch v := binary.LittleEndian.Uint32(b[4:]); {
	case v == 1:
		return nil
	case v>>16 == 1:
		return &Error{Reason: Component, Offset: 4, What: "a component, not a module"}
	default:
		return &Error{Reason: Version, Offset: 4, What: "version " + strconv.FormatUint(uint64(v), 10) + " of the format, not 1"}
	}
}

func hexBytes(b []byte) string {
	const digits = "0123456789abcdef"
	var out []byte
	for i, c := range b {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

// order is the place of a section among the others.
func order(id byte) int {
	switch id {
	case Tag:
		return 2*int(Memory) + 1 // between memory and global
	case DataCount:
		return 2*int(Element) + 1 // between element and code
	}
	return 2 * int(id)
}

// section reads the head of the next section; nil where it is not whole.
func (m *Module) section(r *reader) (*Section, *reader) {
	at := r.at
	r.section = ""
	id := r.byte("a section's id")
	if int(id) >= len(sectionNames) {
		r.failAt(at, Damaged, "no section has the id %d", id)
		return nil, nil
	}
	r.section = sectionNames[id]
	size := r.u32("the length of the section")
	if r.err == nil && uint64(size) > uint64(r.left()) {
		r.failAt(at, Truncated, "the section has %d bytes, and the file ends after %d of them", size, r.left())
	}
	body := r.part(uint64(size), "the section")
	if r.err != nil {
		return nil, nil
	}
	s := Section{ID: id, Name: sectionNames[id], At: int64(at), Size: int64(r.at - at)}
	if id == Custom {
		s.Name = body.name("the section's name")
		if body.err != nil {
			r.err = body.err
			return nil, nil
		}
		body.section = "custom " + strconv.Quote(s.Name)
	}
	s.Bytes = body.b[body.at:body.end:body.end]
	m.Sections = append(m.Sections, s)
	r.section = ""
	return &m.Sections[len(m.Sections)-1], body
}

// contents reads what a section holds.
func (m *Module) contents(s *Section, r *reader) {
	switch s.ID {
	case Custom:
		m.custom(s, r)
		return
	case Type:
		m.types(r)
	case Import:
		m.imports(r)
	case Function:
		n := r.count(1, "functions")
		m.Funcs = make([]uint32, 0, n)
		for range n {
			at := r.at
			t := r.u32("a function's type")
			if r.err == nil && int(t) >= len(m.Types) {
				r.failAt(at, Damaged, "type %d of %d", t, len(m.Types))
			}
			m.Funcs = append(m.Funcs, t)
		}
	case Memory:
		for range r.count(2, "memories") {
			m.Memories = append(m.Memories, r.limits("a memory"))
		}
		m.allMemories = append(m.allMemories, m.Memories...)
	case Table:
		m.ownTables(r)
	case Global:
		m.ownGlobals(r)
	case Element:
		m.elementSegments(r)
	case Tag:
		m.tags += r.count(2, "tags") // they belong to exceptions, whose code is not checked
		return
	case Export:
		m.exports(r)
	case Start:
		m.StartFunc = int64(r.u32("the start function"))
	case Code:
		n := r.count(2, "bodies")
		if r.err == nil && n != len(m.Funcs) {
			r.fail(Damaged, "%d bodies for %d functions", n, len(m.Funcs))
		}
		m.Bodies = make([]Body, 0, n)
		for range n {
			at := r.at
			size := r.u32("a body's length")
			start := r.at
			r.bytes(uint64(size), "the body of function "+strconv.Itoa(len(m.Bodies)+m.ImportedFuncs()))
			if r.err == nil && (size < 2 || r.b[r.at-1] != 0x0b) {
				r.failAt(at, Damaged, "the body of function %d does not end as bodies do", len(m.Bodies)+m.ImportedFuncs())
			}
			if r.err != nil {
				return
			}
			m.Bodies = append(m.Bodies, Body{At: int64(start), Size: int64(size)})
		}
	case Data:
		m.segments(r)
	case DataCount:
		m.announced = int(r.u32("the number of data segments"))
	}
	if r.err == nil && r.left() > 0 {
		r.fail(Damaged, "%d bytes too many", r.left())
	}
}

// agree checks what sections say of each other.
func (m *Module) agree(r *reader, announced int) {
	r.at, r.section = len(r.b), ""
	switch {
	case len(m.Funcs) > 0 && m.Section(Code, "") == nil:
		// Cut between two sections: what is missing is all there would be.
		r.failAt(len(r.b), Truncated, "%d functions are announced, and the file ends before the section code", len(m.Funcs))
	case announced > len(m.Segments) && m.Section(Data, "") == nil:
		r.failAt(len(r.b), Truncated, "%d data segments are announced, and the file ends before the section data", announced)
	case announced >= 0 && announced != len(m.Segments):
		r.fail(Damaged, "%d data segments are announced, and %d are there", announced, len(m.Segments))
	}
	all := len(m.Funcs) + m.ImportedFuncs()
	counts := map[byte]int{KindFunc: all, KindTable: len(m.tables), KindMemory: len(m.allMemories), KindGlobal: len(m.globals), KindTag: m.tags}
	for _, e := range m.Exports {
		if n, ok := counts[e.Kind]; ok && int64(e.Index) >= int64(n) && !m.exotic {
			r.fail(Damaged, "the export %q is number %d of %d", e.Name, e.Index, n)
		}
	}
	if m.StartFunc >= int64(all) {
		r.fail(Damaged, "the start function is %d of %d", m.StartFunc, all)
	}
}
