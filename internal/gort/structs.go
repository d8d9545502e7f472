package gort

import "github.com/gomedic/gomedic/internal/gort/layout"

// structCopy is a copy of one of the runtime's structs, read as a whole so that
// its fields are of one moment, or nearly so.
type structCopy struct {
	l    *layout.Layout
	name string
	b    []byte
}

// maxStruct bounds the size of one struct: the largest of those read, mheap, has
// about 100 KiB.
const maxStruct = 1 << 20

// structAt copies a struct out of the target.
func (p *Program) structAt(name string, addr uint64) (structCopy, error) {
	st, ok := p.Layout.Structs[name]
	if !ok || st.Size <= 0 || st.Size > maxStruct {
		return structCopy{}, bad("no layout of %s", name)
	}
	s := structCopy{p.Layout, name, make([]byte, st.Size)}
	if err := p.mem.ReadAt(s.b, addr); err != nil {
		return structCopy{}, err
	}
	return s, nil
}

// uint returns a field of one, two, four or eight bytes; 0 for a field that this
// version does not have.
func (s structCopy) uint(path string) uint64 {
	f, ok := s.l.Field(s.name, path)
	if !ok {
		return 0
	}
	return s.at(f)
}

func (s structCopy) at(f layout.Field) uint64 {
	if f.Offset < 0 || f.Size < 0 || f.Offset > int64(len(s.b)) || f.Size > int64(len(s.b))-f.Offset {
		return 0
	}
	b := s.b[f.Offset:]
	switch f.Size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(b[0]) | uint64(b[1])<<8
	case 4:
		return uint64(le32(b))
	case 8:
		return le64(b)
	}
	return 0
}
