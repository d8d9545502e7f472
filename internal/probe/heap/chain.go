package heap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/gort/roots"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// chain is the shortest way from a root to an object, as a person reads it: the
// inner structures of a map count as the map, and a channel's buffer as the
// channel.
func (l *look) chain(id goheap.ID) []evidence.HeapLink {
	root, steps, ok := l.paths.To(id)
	if !ok {
		return nil
	}
	return l.chainOf(root, steps)
}

// chainOf is a way as a person reads it.
func (l *look) chainOf(root goheap.Root, steps []goheap.Step) []evidence.HeapLink {
	const mostSteps = 16 * maxChain // a list of a million: from its middle nothing is shown
	if len(steps) > mostSteps {
		steps = append(steps[:mostSteps/2:mostSteps/2], steps[len(steps)-mostSteps/2:]...)
	}
	links := []evidence.HeapLink{l.rootLink(&l.roots[root.Index])}
	for i := range steps {
		s := steps[i]
		d := l.heap.Desc(s.ID)
		ref := ""
		if i+1 < len(steps) {
			ref = l.ref(s.ID, d, s.Offset)
		}
		if innerKind(d) {
			if n := len(links); n > 1 {
				if ref != "" {
					links[n-1].Ref = ref
				}
				continue
			}
		}
		if trie(d) { // a sync.Map's nodes count as the map that they are of
			ref = l.entryRef(s.ID, d, ref)
			if n := len(links); n > 1 && links[n-1].Type == syncMap {
				links[n-1].Ref = ref
				continue
			}
		}
		link := l.link(s.ID, d)
		link.Ref = ref
		if trie(d) {
			link.Kind, link.Type = evidence.LinkMap, syncMap
		}
		links = append(links, link)
	}
	if len(links) > maxChain { // a long list: its middle says nothing new
		links = append(links[:maxChain/2:maxChain/2], links[len(links)-maxChain/2:]...)
	}
	return links
}

const maxChain = 64

// innerKind: an object that is part of a map's or channel's representation.
func innerKind(d goheap.Desc) bool {
	switch d.Kind {
	case goheap.MapDir, goheap.MapTable, goheap.MapGroup, goheap.ChanBuf:
		return true
	}
	return false
}

const syncMap = "sync.Map"

// trie: a node of a sync.Map (internal/sync/hashtriemap.go, Go 1.24 to 1.27).
func trie(d goheap.Desc) bool {
	return d.Kind == goheap.Value && d.Type != nil && d.Type.PkgPath == "internal/sync" &&
		(strings.HasPrefix(d.Type.Name, "sync.indirect[") || strings.HasPrefix(d.Type.Name, "sync.entry[") || strings.HasPrefix(d.Type.Name, "sync.node["))
}

// entryRef names a reference in a sync.Map by the key of its entry.
func (l *look) entryRef(id goheap.ID, d goheap.Desc, ref string) string {
	if !strings.HasPrefix(d.Type.Name, "sync.entry[") {
		return ""
	}
	f, offset, ok := d.Type.Within("key")
	if !ok {
		return ref
	}
	key := l.format(f.Type(), l.heap.Addr(id)+l.heap.ValueOffset(id)+offset, false)
	if rest, isKey := strings.CutPrefix(ref, ".key"); isKey {
		return "(key " + key + ")" + rest
	}
	return "[" + key + "]" + strings.TrimPrefix(ref, ".value")
}

// entry is what the entry of a sync.Map refers to, by the types of its key and its
// value; ok: the object is one.
func (l *look) entry(id goheap.ID) (ref toolkit.HeapRef, ok bool) {
	d := l.heap.Desc(id)
	if !trie(d) || !strings.HasPrefix(d.Type.Name, "sync.entry[") {
		return ref, false
	}
	for _, part := range []struct {
		name string
		to   *string
	}{{"key", &ref.Key}, {"value", &ref.Elem}} {
		f, offset, found := d.Type.Within(part.name)
		if !found || f.Type() == nil || f.Type().Kind != gort.KindInterface {
			continue
		}
		word, _ := l.prog.Word(l.heap.Addr(id) + l.heap.ValueOffset(id) + offset)
		if t := l.prog.TypeAt(word); t != nil {
			*part.to = t.FullName()
		}
	}
	return ref, true
}

// link describes one object.
func (l *look) link(id goheap.ID, d goheap.Desc) evidence.HeapLink {
	link := evidence.HeapLink{Kind: evidence.LinkObject, Addr: l.heap.Addr(id), Size: int64(l.heap.Size(id)),
		Retained: int64(l.heap.Retained(id)), Type: typeName(d)}
	if d.Type != nil {
		link.Origin = l.origin(d.Type.PkgPath)
	}
	switch d.Kind {
	case goheap.Array:
		link.Kind = evidence.LinkSlice
		if d.Type.Size > 0 {
			link.Len = int64((l.heap.Size(id)) / d.Type.Size)
		}
	case goheap.Text, goheap.Bytes:
		link.Kind = evidence.LinkString
	case goheap.Map, goheap.MapDir, goheap.MapTable, goheap.MapGroup:
		link.Kind = evidence.LinkMap
		link.Len = l.mapLen(id)
	case goheap.Chan, goheap.ChanBuf:
		link.Kind = evidence.LinkChan
		link.Len = l.chanLen(id)
	case goheap.Closure:
		link.Kind = evidence.LinkClosure
		if f := l.place(d.Func); f != nil {
			link.Frame, link.Name, link.Origin = f, f.Function, f.Origin
		}
	case goheap.Internal:
		link.Kind, link.Origin = evidence.LinkRuntime, evidence.OriginRuntime
	case goheap.Elsewhere:
		link.Kind, link.Origin = evidence.LinkC, evidence.OriginC
	case goheap.Value:
		if d.Type.Kind == gort.KindMap {
			link.Kind = evidence.LinkMap
		}
	}
	return link
}

// ref names the reference that lies at an offset in an object.
func (l *look) ref(id goheap.ID, d goheap.Desc, offset uint64) string {
	shift := l.heap.ValueOffset(id)
	if offset < shift {
		return ""
	}
	offset -= shift
	switch d.Kind {
	case goheap.Value:
		if d.Type.Size == 0 {
			return ""
		}
		return goheap.FieldPath(d.Type, offset%d.Type.Size)
	case goheap.Array:
		if d.Type.Size == 0 {
			return ""
		}
		return fmt.Sprintf("[%d]%s", offset/d.Type.Size, goheap.FieldPath(d.Type, offset%d.Type.Size))
	case goheap.MapGroup:
		return l.mapRef(id, d, offset)
	case goheap.ChanBuf:
		return "(buffer)"
	case goheap.Closure:
		if c, ok := l.prog.ClosureOf(d.Func); ok {
			for _, v := range c.Vars {
				switch {
				case v.Name == "" || offset < v.Offset:
				case v.ByRef && offset == v.Offset:
					return v.Name
				case !v.ByRef && v.Type != nil && offset < v.Offset+max(v.Type.Size, 1):
					return v.Name + goheap.FieldPath(v.Type, offset-v.Offset)
				}
			}
		}
		return fmt.Sprintf("captured +%d", offset)
	case goheap.Unknown, goheap.Elsewhere:
		return fmt.Sprintf("+%d", offset)
	}
	return ""
}

// rootLink describes a root.
func (l *look) rootLink(r *roots.Root) evidence.HeapLink {
	link := evidence.HeapLink{Addr: r.Slot}
	switch r.Kind {
	case roots.Data, roots.BSS:
		link.Kind = evidence.LinkGlobal
		v := l.globals.at(r.Slot)
		if v != nil {
			if v.Type != nil {
				link.Type = v.Type.Name
				link.Ref = goheap.FieldPath(v.Type, r.Slot-v.Addr)
			}
		}
		if v != nil && v.Name != "" {
			link.Name, link.Origin = v.Name, l.origin(packageOf(v.Name))
			break
		}
		link.Name, link.Frame, link.Origin = l.anonymous(r.Slot)
	case roots.Stack, roots.Register, roots.Defer:
		link.Kind = evidence.LinkStack
		if r.Kind == roots.Register {
			link.Kind = evidence.LinkRegister
		}
		link.Name = r.Name
		if r.Goroutine != nil {
			link.Goroutine = r.Goroutine.ID
			if f := l.userFrame(r.Goroutine, r.Frame); f != nil {
				link.Frame, link.Name, link.Origin = f, f.Function, f.Origin
			}
			if r.Name != "" {
				link.Ref = r.Name
			} else if v, ok := l.local(r); ok {
				link.Type = v.Type.Name
				link.Ref = strings.TrimPrefix(v.Name, "&") + goheap.FieldPath(v.Type, v.Offset)
			}
		}
	case roots.Finalizer:
		link.Kind = evidence.LinkFinalizer
	case roots.Cleanup:
		link.Kind = evidence.LinkCleanup
	case roots.Timer:
		link.Kind = evidence.LinkTimer
	case roots.Handle:
		link.Kind = evidence.LinkHandle
	case roots.Pinned:
		link.Kind = evidence.LinkPinned
	default:
		link.Kind, link.Origin = evidence.LinkRuntime, evidence.OriginRuntime
	}
	if link.Name == "" {
		link.Name = r.Name
	}
	return link
}

// anonymous names a variable of a program without symbols by who uses it: the
// function, and where it begins.
func (l *look) anonymous(slot uint64) (string, *evidence.Frame, evidence.Origin) {
	users := l.prog.GlobalUsers(slot)
	if !slices.ContainsFunc(users, func(f gort.Func) bool { return !strings.HasSuffix(f.Name(), ".init") }) {
		// What the linker laid out for a variable is used through that variable.
		if by, ok := l.globals.pointer(slot); ok {
			users = append(users, l.prog.GlobalUsers(by)...)
		}
	}
	var best *evidence.Frame
	for _, f := range users {
		frame := l.place(f.Entry)
		if frame == nil {
			continue
		}
		if best == nil || strings.HasSuffix(best.Function, ".init") || best.Origin != evidence.OriginUser && frame.Origin == evidence.OriginUser {
			best = frame
		}
	}
	if best == nil {
		return fmt.Sprintf("variable at %#x", slot), nil, ""
	}
	return fmt.Sprintf("variable at %#x, used by %s", slot, best.Function), best, best.Origin
}

// place is the function that begins at an address.
func (l *look) place(pc uint64) *evidence.Frame {
	if f, ok := l.places[pc]; ok {
		return f
	}
	var out *evidence.Frame
	if f, ok := l.prog.FindFunc(pc); ok {
		frames := l.reader.Frames([]gort.Frame{{PC: pc, Func: f, Exact: true}})
		if len(frames) > 0 {
			out = &frames[len(frames)-1]
		}
	}
	l.places[pc] = out
	return out
}

// userFrame is the frame of a goroutine that a person knows: the one in which the
// root lies, or the nearest of the user's outside of it.
func (l *look) userFrame(g *gort.Goroutine, frame int) *evidence.Frame {
	if frame < 0 {
		frame = 0
	}
	if frame >= len(g.Frames) {
		return nil
	}
	frames := l.reader.Frames(g.Frames[frame:])
	for i := range frames {
		if frames[i].Origin == evidence.OriginUser && !toolkit.IsGenerated(frames[i]) {
			return &frames[i]
		}
	}
	if len(frames) > 0 {
		return &frames[0]
	}
	return nil
}

func (l *look) origin(pkg string) evidence.Origin {
	if pkg == "" {
		return ""
	}
	return toolkit.OriginOf(l.target, pkg, "")
}

// packageOf is the package of a symbol: "a/b.c" of "a/b.c.(*T).f".
func packageOf(symbol string) string {
	slash := strings.LastIndexByte(symbol, '/')
	if dot := strings.IndexByte(symbol[slash+1:], '.'); dot >= 0 {
		return symbol[:slash+1+dot]
	}
	return symbol
}

// typeName is how a person would call the type of an object.
func typeName(d goheap.Desc) string {
	name := func() string {
		if d.Type == nil {
			return "?"
		}
		if d.Type.Name != "" {
			return d.Type.Name
		}
		return d.Type.FullName()
	}
	switch d.Kind {
	case goheap.Value:
		return name()
	case goheap.Array:
		return "[]" + name()
	case goheap.Text:
		return "string"
	case goheap.Bytes:
		return "bytes"
	case goheap.Map, goheap.MapDir, goheap.MapTable, goheap.MapGroup:
		return name()
	case goheap.Chan, goheap.ChanBuf:
		return name()
	case goheap.Closure:
		return "func"
	case goheap.Internal, goheap.Elsewhere:
		return d.Name
	}
	return ""
}

// signature is what equal chains have in common: roots and references by name,
// without places in arrays and keys.
func signature(links []evidence.HeapLink) string {
	var b strings.Builder
	last := ""
	for i := range links {
		l := &links[i]
		part := string(l.Kind) + " " + l.Type
		if l.Kind == evidence.LinkClosure || i == 0 {
			part += " " + l.Name
		}
		if l.Ref != "" && !strings.HasPrefix(l.Ref, ".") && !strings.HasPrefix(l.Ref, "[") {
			part += " "
		}
		part += general(l.Ref)
		if part == last { // a list's nodes
			continue
		}
		last = part
		b.WriteString(part)
		b.WriteByte('\n')
	}
	return b.String()
}

// general is a reference without its index or key.
func general(ref string) string {
	if strings.HasPrefix(ref, "[") {
		if end := strings.LastIndexByte(ref, ']'); end > 0 {
			return "[…]" + ref[end+1:]
		}
	}
	return ref
}
