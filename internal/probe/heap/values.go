package heap

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
)

// mapLen is the number of entries of the map whose header, or inner structure, an
// object is; 0 if it is not known.
func (l *look) mapLen(id goheap.ID) int64 {
	for range 4 {
		if l.heap.Desc(id).Kind == goheap.Map {
			off, ok := l.prog.Offset("internal/runtime/maps.Map", "used")
			if !ok {
				return 0
			}
			return l.word(id, off)
		}
		before, _, ok := l.paths.Before(id)
		if !ok || before == goheap.None {
			return 0
		}
		id = before
	}
	return 0
}

// chanLen is the number of values that lie in a channel.
func (l *look) chanLen(id goheap.ID) int64 {
	if l.heap.Desc(id).Kind == goheap.ChanBuf {
		before, _, ok := l.paths.Before(id)
		if !ok || before == goheap.None {
			return 0
		}
		id = before
	}
	off, ok := l.prog.Offset("runtime.hchan", "qcount")
	if !ok {
		return 0
	}
	return l.word(id, off)
}

func (l *look) word(id goheap.ID, offset uint64) int64 {
	var b [8]byte
	if !l.heap.Read(id, offset, b[:]) {
		return 0
	}
	if v := binary.LittleEndian.Uint64(b[:]); v < 1<<40 {
		return int64(v)
	}
	return 0
}

// mapRef names what lies at an offset in a group of a map's entries: by its key.
func (l *look) mapRef(id goheap.ID, d goheap.Desc, offset uint64) string {
	g := l.heap.Shape(d.Type)
	if g == nil {
		return ""
	}
	group := offset / g.GroupSize * g.GroupSize
	slot, key, t, in, indirect := goheap.SlotAt(g, offset-group)
	if t == nil {
		return ""
	}
	name := l.format(g.Key, l.heap.Addr(id)+l.heap.ValueOffset(id)+group+g.Keys+slot*g.KeyStride, g.IndirectKey)
	if key {
		return "(key " + name + ")"
	}
	path := ""
	if !indirect {
		path = goheap.FieldPath(t, in)
	}
	return "[" + name + "]" + path
}

// Bounds on a printed value.
const (
	maxText = 40
	maxDeep = 3
)

// format prints the value of type t at addr, shortly.
func (l *look) format(t *gort.Type, addr uint64, indirect bool) string {
	if indirect {
		p, ok := l.prog.Word(addr)
		if !ok {
			return "?"
		}
		addr = p
	}
	return l.value(t, addr, 0)
}

func (l *look) value(t *gort.Type, addr uint64, deep int) string {
	if t == nil || deep > maxDeep {
		return "…"
	}
	read := func(n uint64) []byte {
		b := make([]byte, n)
		if n > 64 || l.prog.Memory().ReadAt(b, addr) != nil {
			return nil
		}
		return b
	}
	switch t.Kind {
	case gort.KindString:
		b := read(16)
		if b == nil {
			return "?"
		}
		n := binary.LittleEndian.Uint64(b[8:])
		s := make([]byte, min(n, maxText))
		if l.prog.Memory().ReadAt(s, binary.LittleEndian.Uint64(b)) != nil {
			return "?"
		}
		if n > maxText {
			return strconv.Quote(string(s)) + "…"
		}
		return strconv.Quote(string(s))
	case gort.KindPointer, gort.KindChan, gort.KindMap, gort.KindFunc, gort.KindUnsafePointer:
		p, ok := l.prog.Word(addr)
		if !ok {
			return "?"
		}
		return fmt.Sprintf("%s %#x", t.Name, p)
	case gort.KindInterface:
		b := read(16)
		if b == nil {
			return "?"
		}
		word, data := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
		if word == 0 {
			return "nil"
		}
		dyn := l.prog.TypeAt(word)
		if dyn == nil {
			dyn, _ = l.prog.TypeOfItab(word)
		}
		if dyn == nil {
			return "?"
		}
		if goheap.Direct(dyn) {
			return fmt.Sprintf("%s %#x", dyn.Name, data)
		}
		return l.value(dyn, data, deep+1)
	case gort.KindStruct:
		if fields := t.Fields; len(fields) == 1 {
			return l.value(fields[0].Type(), addr, deep+1)
		}
		return t.Name + "{…}"
	case gort.KindArray:
		if t.Elem() != nil && t.Elem().Kind == gort.KindUint8 && t.Size <= 32 {
			if b := read(t.Size); b != nil {
				return fmt.Sprintf("%x", b)
			}
		}
		return t.Name
	case gort.KindSlice:
		return t.Name
	}
	b := read(t.Size)
	if len(b) == 0 {
		return "?"
	}
	var w [8]byte
	copy(w[:], b)
	v := binary.LittleEndian.Uint64(w[:])
	switch t.Kind {
	case gort.KindBool:
		return strconv.FormatBool(v != 0)
	case gort.KindInt, gort.KindInt64:
		return strconv.FormatInt(int64(v), 10)
	case gort.KindInt32:
		return strconv.FormatInt(int64(int32(v)), 10)
	case gort.KindInt16:
		return strconv.FormatInt(int64(int16(v)), 10)
	case gort.KindInt8:
		return strconv.FormatInt(int64(int8(v)), 10)
	case gort.KindFloat64:
		return strconv.FormatFloat(math.Float64frombits(v), 'g', 6, 64)
	case gort.KindFloat32:
		return strconv.FormatFloat(float64(math.Float32frombits(uint32(v))), 'g', 6, 32)
	}
	return strconv.FormatUint(v, 10)
}
