package heap

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
)

// Bounds on what is printed of one object.
const (
	maxFields     = 200
	maxShownRefs  = 12
	maxShownBytes = 512
)

// Dump describes the object at an address, or the one in which it lies; ok is false
// where there is none.
func (v *View) Dump(addr uint64) (out *evidence.HeapObject, ok bool) {
	l := v.l
	id, ok := l.heap.Find(addr)
	if !ok {
		return nil, false
	}
	d := l.heap.Desc(id)
	out = &evidence.HeapObject{Object: l.link(id, d), Inside: int64(addr - l.heap.Addr(id)), Garbage: !l.heap.Live(id), Package: packageOfType(d.Type)}
	if up := l.heap.Dominator(id); !out.Garbage && up != goheap.None {
		link := l.link(up, l.heap.Desc(up))
		out.Dominator = &link
	}
	p := &printer{l: l, id: id, out: out}
	p.print(d)
	if out.Garbage {
		return out, true
	}
	out.Chain = l.labelled(l.chain(id))
	l.referrers(id, out)
	return out, true
}

// referrers tells who points to an object.
func (l *look) referrers(id goheap.ID, out *evidence.HeapObject) {
	var all []goheap.ID
	for _, from := range l.heap.Referrers().Of(id) {
		out.Referred++
		if len(all) < maxReferrers && !slices.Contains(all, from) {
			all = append(all, from)
		}
	}
	for _, r := range l.heap.Roots() {
		if r.To != id {
			continue
		}
		out.Referred++
		if len(out.Referrers) < maxShownRefs {
			out.Referrers = append(out.Referrers, l.rootLink(&l.roots[r.Index]))
		}
	}
	slices.SortFunc(all, func(a, b goheap.ID) int {
		return cmp.Or(cmp.Compare(l.heap.Retained(a), l.heap.Retained(b)), cmp.Compare(a, b))
	})
	for _, from := range all[:min(len(all), maxShownRefs)] {
		d := l.heap.Desc(from)
		link := l.link(from, d)
		if off, ok := l.refOffset(from, id); ok {
			link.Ref = l.ref(from, d, off)
		}
		out.Referrers = append(out.Referrers, link)
	}
}

// printer prints the fields of one object.
type printer struct {
	l   *look
	id  goheap.ID
	out *evidence.HeapObject
}

func (p *printer) add(f evidence.HeapObjectField) {
	if len(p.out.Fields) >= maxFields {
		p.out.More++
		return
	}
	p.out.Fields = append(p.out.Fields, f)
}

func (p *printer) print(d goheap.Desc) {
	h := p.l.heap
	size, base := h.Size(p.id), h.Addr(p.id)
	shift := min(h.ValueOffset(p.id), size)
	switch d.Kind {
	case goheap.Value, goheap.Array:
		p.values(d, base+shift, size-shift)
	case goheap.Map, goheap.MapDir, goheap.MapTable, goheap.MapGroup:
		p.entries()
	case goheap.Closure:
		if c, ok := p.l.prog.ClosureOf(d.Func); ok {
			for _, v := range c.Vars {
				if v.ByRef || v.Type == nil {
					p.word(cmp.Or(v.Name, fmt.Sprintf("+%d", v.Offset)), base+v.Offset)
					continue
				}
				p.field(cmp.Or(v.Name, fmt.Sprintf("+%d", v.Offset)), v.Type, base+v.Offset, 0)
			}
			return
		}
		p.words(base, size)
	case goheap.Text, goheap.Bytes:
		p.bytes(size)
	case goheap.ChanBuf:
		if e := d.Type.Elem(); e != nil && e.Size > 0 {
			p.array(e, base, min(size/e.Size, uint64(max(p.l.chanLen(p.id), 0))))
			return
		}
		p.words(base, size)
	case goheap.Elsewhere:
		if !p.cText(size) {
			p.words(base, size)
		}
	default:
		if h.Noscan(p.id) {
			p.bytes(size)
			return
		}
		p.words(base, size)
	}
}

// values prints one value, or the elements of an array.
func (p *printer) values(d goheap.Desc, addr, room uint64) {
	switch {
	case d.Type == nil || d.Type.Size == 0:
		p.words(addr, room)
	case d.Kind == goheap.Value:
		p.field("", d.Type, addr, 0)
	default:
		p.array(d.Type, addr, room/d.Type.Size)
	}
}

func (p *printer) array(e *gort.Type, addr, n uint64) {
	if e.Kind == gort.KindUint8 {
		p.bytes(n)
		return
	}
	for i := range n {
		if len(p.out.Fields) >= maxFields {
			p.out.More += int64(n - i)
			return
		}
		p.field(fmt.Sprintf("[%d]", i), e, addr+i*e.Size, 1)
	}
}

// field prints a value under a name; the fields of a struct one by one, as far as
// they are not too deep.
func (p *printer) field(name string, t *gort.Type, addr uint64, deep int) {
	if t == nil {
		p.word(name, addr)
		return
	}
	if t.Kind == gort.KindStruct && deep < 3 && len(t.Fields) > 0 {
		for _, f := range t.Fields {
			p.field(name+"."+f.Name, f.Type(), addr+f.Offset, deep+1)
		}
		return
	}
	f := evidence.HeapObjectField{Name: name, Type: t.FullName(), Value: p.l.value(t, addr, 0)}
	at := addr
	switch t.Kind {
	case gort.KindInterface:
		at += 8
	case gort.KindSlice:
		n, _ := p.l.prog.Word(addr + 8)
		c, _ := p.l.prog.Word(addr + 16)
		f.Value = fmt.Sprintf("len %d cap %d", n, c)
	case gort.KindPointer, gort.KindMap, gort.KindChan, gort.KindFunc, gort.KindUnsafePointer:
		if w, ok := p.l.prog.Word(addr); ok {
			f.Value = "nil"
			if w != 0 {
				f.Value = fmt.Sprintf("%#x", w)
			}
		}
	case gort.KindString:
	case gort.KindUintptr: // an address of C's, perhaps
		if w, ok := p.l.prog.Word(addr); !ok || !p.l.isC(w) {
			p.add(f)
			return
		}
	default:
		p.add(f)
		return
	}
	p.target(&f, at)
	p.add(f)
}

// target says what the pointer at an address leads to.
func (p *printer) target(f *evidence.HeapObjectField, at uint64) {
	w, ok := p.l.prog.Word(at)
	if !ok || w == 0 {
		return
	}
	if id, found := p.l.heap.Find(w); found && id != p.id {
		link := p.l.link(id, p.l.heap.Desc(id))
		f.Target = &link
	}
}

func (p *printer) word(name string, addr uint64) {
	w, ok := p.l.prog.Word(addr)
	f := evidence.HeapObjectField{Name: name, Value: "?"}
	if ok {
		f.Value = fmt.Sprintf("%#x", w)
		p.target(&f, addr)
	}
	p.add(f)
}

// words prints what has no type, word by word.
func (p *printer) words(addr, n uint64) {
	for off := uint64(0); off+8 <= n; off += 8 {
		if len(p.out.Fields) >= maxFields {
			p.out.More += int64((n - off) / 8)
			return
		}
		p.word(fmt.Sprintf("+%d", off), addr+off)
	}
}

// bytes prints text as text, and other bytes by their digits.
func (p *printer) bytes(n uint64) {
	b := make([]byte, min(n, maxShownBytes, p.l.heap.Size(p.id)))
	if !p.l.heap.Read(p.id, 0, b) {
		p.add(evidence.HeapObjectField{Name: "[]", Value: "?"})
		return
	}
	end := len(b) // what lies behind a text in its slot is zero
	for end > 0 && b[end-1] == 0 {
		end--
	}
	text := strconv.Quote(string(b[:end]))
	if printable := len(text)-2 <= end+end/8; !printable || end == 0 {
		text = hex.EncodeToString(b[:min(len(b), 64)])
		p.out.More += int64(n) - int64(min(len(b), 64))
	} else {
		p.out.More += int64(n) - int64(len(b))
	}
	p.add(evidence.HeapObjectField{Name: "[]", Value: text})
}

// cText prints what begins like a text of C's, up to the zero at its end.
func (p *printer) cText(n uint64) bool {
	b := make([]byte, min(n, maxShownBytes))
	if !p.l.heap.Read(p.id, 0, b) {
		return false
	}
	end := bytes.IndexByte(b, 0)
	if end < 0 && n > maxShownBytes {
		end = len(b)
	}
	if end < 1 || !utf8.Valid(b[:end]) || len(strconv.Quote(string(b[:end])))-2 > end+end/8 {
		return false
	}
	p.add(evidence.HeapObjectField{Name: "[]", Value: strconv.Quote(string(b[:end]))})
	return true
}

// entries prints those of a map: of all of its groups, in the order of their memory.
func (p *printer) entries() {
	h := p.l.heap
	groups, inner := []goheap.ID{}, []goheap.ID{p.id}
	seen := map[goheap.ID]bool{p.id: true}
	for len(inner) > 0 && len(groups) < maxFields*4 {
		at := inner[0]
		inner = inner[1:]
		d := h.Desc(at)
		if d.Kind == goheap.MapGroup {
			groups = append(groups, at)
			continue
		}
		for _, to := range h.Targets(at) {
			switch h.Desc(to).Kind {
			case goheap.MapDir, goheap.MapTable, goheap.MapGroup:
				if !seen[to] {
					seen[to] = true
					inner = append(inner, to)
				}
			}
		}
	}
	slices.Sort(groups)
	for _, g := range groups {
		p.groups(g)
	}
	if n := int64(len(p.out.Fields)); p.out.Object.Len > n { // known without reading all of a large map
		p.out.More = p.out.Object.Len - n
	}
}

// groups prints the entries of one array of groups. The first eight bytes of a group
// are the slots' control bytes: the highest bit says that there is none
// (internal/runtime/maps/group.go).
func (p *printer) groups(id goheap.ID) {
	h := p.l.heap
	s := h.Shape(h.Desc(id).Type)
	shift := h.ValueOffset(id)
	if s == nil || s.GroupSize == 0 || h.Size(id) < shift {
		return
	}
	base := h.Addr(id) + shift
	for off := uint64(0); off+s.GroupSize <= h.Size(id)-shift; off += s.GroupSize {
		control, ok := p.l.prog.Word(base + off)
		if !ok {
			continue
		}
		for i := range uint64(gort.MapSlots) {
			if control>>(8*i)&0x80 != 0 {
				continue
			}
			if len(p.out.Fields) >= maxFields {
				return
			}
			key := p.l.format(s.Key, base+off+s.Keys+i*s.KeyStride, s.IndirectKey)
			at := base + off + s.Elems + i*s.ElemStride
			if s.IndirectElem {
				at, _ = p.l.prog.Word(at)
			}
			p.field("["+key+"]", s.Elem, at, 1)
		}
	}
}
