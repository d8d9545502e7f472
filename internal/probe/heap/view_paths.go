package heap

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/report"
)

// Bounds on answers.
const (
	maxSimilar   = 8
	maxReferrers = 1000 // of one object, from which ways are looked for
	// Ways are told apart by hashes first; so many times what is asked for are then
	// put into words, since different hashes may read the same.
	moreHashes = 4
)

// Paths finds the shortest chains to the objects that query names: an address, a
// type as it is printed, or a type without its import path. At most n different
// chains are returned, those that retain most; n < 1 means all.
func (v *View) Paths(query string, n int) *evidence.HeapPaths {
	l := v.l
	out := &evidence.HeapPaths{Query: query}
	if addr, ok := address(query); ok {
		id, found := l.heap.Find(addr)
		switch {
		case !found:
		case !l.heap.Live(id):
			out.Garbage = 1
		default:
			out.Objects = 1
			out.Traces = l.ways(id)
			out.Signatures = len(out.Traces)
			if n > 0 {
				out.Traces = out.Traces[:min(n, len(out.Traces))]
			}
		}
		return out
	}
	match := make([]bool, l.heap.DescNumbers())
	names := map[string]bool{}
	for i := range match {
		d := l.heap.DescOf(uint32(i))
		name := named(d)
		if pkg, of := strings.CutSuffix(query, ".*"); name != "" && (of && l.packageOfDesc(d) == pkg || sameType(name, query)) {
			match[i], names[name] = true, true
		}
	}
	if out.Types = sortedKeys(names); len(names) == 0 {
		out.Similar = l.similar(query)
		return out
	}
	var ids []goheap.ID
	l.heap.Each(func(id goheap.ID, _ uint64) {
		switch {
		case !match[l.heap.DescNumber(id)]:
		case l.heap.Live(id):
			ids = append(ids, id)
		default:
			out.Garbage++
		}
	})
	out.Objects = int64(len(ids))
	out.Traces, out.Signatures = v.group(ids, n, func(id goheap.ID) int64 { return int64(l.heap.Retained(id)) })
	return out
}

// Holders divides all live objects by their chains, and returns the n chains that
// hold most: their bytes are the objects' own.
func (v *View) Holders(n int) []evidence.HeapSuspect {
	ids := make([]goheap.ID, 0, v.look.Objects)
	v.l.heap.Each(func(id goheap.ID, _ uint64) {
		if v.l.heap.Live(id) {
			ids = append(ids, id)
		}
	})
	out, _ := v.group(ids, n, func(id goheap.ID) int64 { return int64(v.l.heap.Size(id)) })
	return out
}

// address reads 0xc000012345.
func address(s string) (uint64, bool) {
	if !strings.HasPrefix(s, "0x") && !strings.HasPrefix(s, "0X") {
		return 0, false
	}
	a, err := strconv.ParseUint(s[2:], 16, 64)
	return a, err == nil
}

// sameType reports whether a person may mean the type by that name: with its import
// path or without, as a pointer to it or itself.
func sameType(name, query string) bool {
	if strings.TrimPrefix(name, "*") == strings.TrimPrefix(query, "*") {
		return true
	}
	query = strings.TrimPrefix(query, "*")
	if strings.Contains(query, "/") && strings.HasSuffix(name, "/"+query) && !strings.ContainsAny(name, "[({ ") {
		return true // the last part of its path
	}
	return name == query || report.ShortType(name) == query || strings.TrimPrefix(report.ShortType(name), "*") == query
}

// similar are the names of types that have the query in them, those with the most
// bytes first.
func (l *look) similar(query string) []string {
	query = strings.ToLower(strings.TrimLeft(query, "*[]"))
	var out []string
	for name := range l.types {
		if name != unknownType && query != "" && strings.Contains(strings.ToLower(name), query) {
			out = append(out, name)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(l.types[b].bytes, l.types[a].bytes), cmp.Compare(a, b))
	})
	return out[:min(len(out), maxSimilar)]
}

// bunch is objects whose chains pass the same links.
type bunch struct {
	sample goheap.ID
	count  int64
	bytes  int64
}

// group makes one trace of the chains that are equal.
func (v *View) group(ids []goheap.ID, n int, weight func(goheap.ID) int64) (traces []evidence.HeapSuspect, signatures int) {
	l := v.l
	if v.signs == nil {
		v.signs = newSigns(l)
	}
	by := map[uint64]*bunch{}
	for _, id := range ids {
		k := v.signs.of(id)
		b := by[k]
		if b == nil {
			b = &bunch{sample: id}
			by[k] = b
		}
		b.sample = l.sample(b.sample, id)
		b.count++
		b.bytes += weight(id)
	}
	bunches := make([]*bunch, 0, len(by))
	for _, b := range by {
		bunches = append(bunches, b)
	}
	slices.SortFunc(bunches, func(a, b *bunch) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(b.count, a.count), cmp.Compare(a.sample, b.sample))
	})
	signatures = len(bunches)
	if n > 0 {
		bunches = bunches[:min(len(bunches), n*moreHashes)]
	}
	index := map[string]int{}
	for _, b := range bunches {
		links := l.chain(b.sample)
		if len(links) == 0 {
			continue
		}
		sign := signature(links)
		if i, ok := index[sign]; ok {
			t := &traces[i]
			t.Count[0] += b.count
			t.Bytes[0] += b.bytes
			t.Chains += int(b.count)
			signatures--
			continue
		}
		index[sign] = len(traces)
		traces = append(traces, l.trace(b.sample, links, b.count, b.bytes))
	}
	slices.SortStableFunc(traces, func(a, b evidence.HeapSuspect) int { return cmp.Compare(b.Bytes[0], a.Bytes[0]) })
	if n > 0 {
		traces = traces[:min(n, len(traces))]
	}
	return traces, signatures
}

// trace is a chain with its figures.
func (l *look) trace(id goheap.ID, links []evidence.HeapLink, count, bytes int64) evidence.HeapSuspect {
	s := evidence.HeapSuspect{Kind: evidence.SuspectObjects, Signature: signature(links), Type: named(l.heap.Desc(id)), Count: []int64{count},
		Bytes: []int64{bytes}, Chains: int(count), Suspect: suspectLink(links), Chain: links}
	l.label(&s)
	s.Kind = evidence.SuspectObjects
	return s
}

// ways are the shortest ways to one object: from roots that refer to it, and through
// each object that does, equal ones once. The shortest comes first.
func (l *look) ways(id goheap.ID) []evidence.HeapSuspect {
	var out []evidence.HeapSuspect
	index := map[string]int{}
	add := func(links []evidence.HeapLink) {
		sign := signature(links)
		if i, ok := index[sign]; ok {
			out[i].Chains++
			return
		}
		index[sign] = len(out)
		s := l.trace(id, links, 1, int64(l.heap.Retained(id)))
		out = append(out, s)
	}
	_, shortest, _ := l.paths.To(id)
	if links := l.chain(id); len(links) > 0 {
		add(links)
	}
	first := len(out)
	for _, r := range l.heap.Roots() {
		if r.To == id && len(shortest) > 1 {
			add(l.chainOf(r, []goheap.Step{{ID: id}}))
		}
	}
	var seen []goheap.ID
	for _, from := range l.heap.Referrers().Of(id) {
		if len(seen) >= maxReferrers {
			break
		}
		if from == id || slices.Contains(seen, from) || len(shortest) > 1 && shortest[len(shortest)-2].ID == from {
			continue
		}
		seen = append(seen, from)
		root, steps, ok := l.paths.To(from)
		if !ok || slices.ContainsFunc(steps, func(s goheap.Step) bool { return s.ID == id }) {
			continue // a way back from the object itself
		}
		off, _ := l.refOffset(from, id)
		steps[len(steps)-1].Offset = off
		add(l.chainOf(root, append(steps, goheap.Step{ID: id})))
	}
	slices.SortStableFunc(out[first:], func(a, b evidence.HeapSuspect) int { return cmp.Compare(len(a.Chain), len(b.Chain)) })
	return out
}

// signs are hashes of the chains to objects: equal for chains that pass the same
// links, places in arrays and keys aside.
type signs struct {
	l    *look
	seed maphash.Seed
	sign []uint64 // 0: not known yet
}

func newSigns(l *look) *signs {
	return &signs{l: l, seed: maphash.MakeSeed(), sign: make([]uint64, l.heap.Len())}
}

// of returns the hash of the chain to a live object.
func (s *signs) of(id goheap.ID) uint64 {
	var up []goheap.ID
	for at := id; s.sign[at] == 0 && len(up) < len(s.sign); {
		before, root, ok := s.l.paths.Before(at)
		if !ok {
			s.sign[at] = 1
			break
		}
		if before == goheap.None {
			name, _ := s.l.rootName(root)
			s.sign[at] = s.hash(maphash.String(s.seed, name), s.l.heap.DescNumber(at), 0)
			break
		}
		up = append(up, before)
		at = before
	}
	for i := len(up) - 1; i >= 0; i-- {
		s.expand(up[i])
	}
	return s.sign[id]
}

// expand gives a hash to all that are reached from an object: at once, since an
// array has many of them.
func (s *signs) expand(from goheap.ID) {
	l := s.l
	d, shift := l.heap.Desc(from), l.heap.ValueOffset(from)
	l.heap.Edges(from, func(e goheap.Edge) {
		if s.sign[e.To] != 0 {
			return
		}
		if before, _, ok := l.paths.Before(e.To); !ok || before != from {
			return
		}
		off := e.Offset - min(shift, e.Offset)
		switch d.Kind {
		case goheap.Value, goheap.Array:
			if d.Type != nil && d.Type.Size > 0 {
				off %= d.Type.Size
			}
		case goheap.Map, goheap.MapDir, goheap.MapTable, goheap.MapGroup, goheap.Chan, goheap.ChanBuf:
			off = 0
		}
		n := l.heap.DescNumber(e.To)
		if n == l.heap.DescNumber(from) && d.Kind == goheap.Value { // a list's nodes
			s.sign[e.To] = s.sign[from]
			return
		}
		s.sign[e.To] = s.hash(s.sign[from], n, off)
	})
	// What was not found above is reached in a way that the edges do not show.
}

func (s *signs) hash(before uint64, desc uint32, offset uint64) uint64 {
	type step struct {
		before, offset uint64
		desc           uint32
	}
	return max(maphash.Comparable(s.seed, step{before, offset, desc}), 2)
}
