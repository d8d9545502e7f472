package heap

import "sync"

// Paths are shortest ways from the roots to all live objects: from variables of
// the program where there is one, else from goroutines' stacks, and so on by class.
type Paths struct {
	h     *Heap
	from  []uint32 // the object before, or the root's number
	root  Set      // from is a root's number
	known Set
	order []ID // as they were reached: each after the one before it on its way
}

// Step is one object on a way, and where in it lies the pointer to the next.
type Step struct {
	ID     ID
	Offset uint64 // of the pointer, in the object; meaningless for the last
}

// Avoid says which objects ways should not lead through, if there is another way.
type Avoid func(ID) bool

// Paths finds a way to each object. avoid may be nil.
func (h *Heap) Paths(avoid Avoid) *Paths {
	p := &Paths{h: h, from: make([]uint32, h.n), root: NewSet(h.n), known: NewSet(h.n)}
	var queue, later []ID
	take := func(id ID) {
		if avoid != nil && avoid(id) {
			later = append(later, id)
			return
		}
		queue = append(queue, id)
	}
	run := func() {
		for len(queue) > 0 {
			var next []ID
			for _, id := range queue {
				for _, to := range h.Targets(id) {
					if p.known.Has(to) {
						continue
					}
					p.known.Add(to)
					p.from[to] = uint32(id)
					p.order = append(p.order, to)
					if avoid != nil && avoid(to) {
						later = append(later, to)
					} else {
						next = append(next, to)
					}
				}
			}
			queue = next
		}
	}
	for class := range rootClasses {
		for i := range h.roots {
			r := &h.roots[i]
			if r.Class != class || p.known.Has(r.To) {
				continue
			}
			p.known.Add(r.To)
			p.root.Add(r.To)
			p.from[r.To] = uint32(i)
			p.order = append(p.order, r.To)
			take(r.To)
		}
		run()
	}
	for len(later) > 0 { // what only the avoided lead to
		queue, later = later, nil
		avoid = nil
		run()
	}
	return p
}

// To returns the way to an object, and the root where it begins; ok is false for
// garbage.
func (p *Paths) To(id ID) (root Root, steps []Step, ok bool) {
	if int(id) >= p.h.n || !p.known.Has(id) {
		return Root{}, nil, false
	}
	steps = append(steps, Step{ID: id})
	for !p.root.Has(id) {
		before := ID(p.from[id])
		offset := uint64(0)
		for e := p.h.start[before]; e < p.h.start[before+1]; e++ {
			if p.h.to[e] == id {
				offset = p.h.edge(e).Offset
				break
			}
		}
		steps = append(steps, Step{ID: before, Offset: offset})
		id = before
		if len(steps) > p.h.n {
			return Root{}, nil, false
		}
	}
	for i, j := 0, len(steps)-1; i < j; i, j = i+1, j-1 {
		steps[i], steps[j] = steps[j], steps[i]
	}
	return p.h.roots[p.from[id]], steps, true
}

// Before is the object before id on its way, or None and the number of the root
// (in [Heap.Roots]) where the way begins. ok is false for garbage.
func (p *Paths) Before(id ID) (before ID, root int, ok bool) {
	if int(id) >= p.h.n || !p.known.Has(id) {
		return None, 0, false
	}
	if p.root.Has(id) {
		return None, int(p.from[id]), true
	}
	return ID(p.from[id]), 0, true
}

// Order are the objects as they were reached: each after the one before it. The
// caller must not change it.
func (p *Paths) Order() []ID { return p.order }

// Subtrees are how many objects, of how many bytes, are reached through each object
// on the shortest ways, itself included.
func (p *Paths) Subtrees() (count []uint32, bytes []uint64) {
	count, bytes = make([]uint32, p.h.n), make([]uint64, p.h.n)
	for i := range p.h.spans {
		s := &p.h.spans[i]
		p.h.each(s, func(id ID, _ uint64) {
			if p.known.Has(id) {
				count[id], bytes[id] = 1, s.elem
			}
		})
	}
	for i := range p.h.foreign {
		if id := ID(p.h.own + i); p.known.Has(id) {
			count[id], bytes[id] = 1, p.h.foreign[i].Size
		}
	}
	for i := len(p.order) - 1; i >= 0; i-- {
		id := p.order[i]
		if !p.root.Has(id) {
			count[p.from[id]] += count[id]
			bytes[p.from[id]] += bytes[id]
		}
	}
	return count, bytes
}

// Referrers are the objects that point to each object: the edges backwards.
type Referrers struct {
	h     *Heap
	first []uint32
	from  []ID
}

type lazyReferrers struct {
	once sync.Once
	r    *Referrers
}

// Referrers returns who points to whom, among live objects. It is made once.
func (h *Heap) Referrers() *Referrers {
	h.back.once.Do(func() {
		r := &Referrers{h: h, first: make([]uint32, h.n+1)}
		for id := range ID(h.n) {
			if h.Live(id) {
				for _, to := range h.Targets(id) {
					r.first[to]++
				}
			}
		}
		sum := uint32(0)
		for i := range r.first {
			sum, r.first[i] = sum+r.first[i], sum
		}
		r.from = make([]ID, sum)
		for id := range ID(h.n) {
			if h.Live(id) {
				for _, to := range h.Targets(id) {
					r.from[r.first[to]] = id
					r.first[to]++
				}
			}
		}
		h.back.r = r
	})
	return h.back.r
}

// Of returns the objects that point to id, one for each pointer.
func (r *Referrers) Of(id ID) []ID {
	if int(id) >= r.h.n {
		return nil
	}
	lo := uint32(0)
	if id > 0 {
		lo = r.first[id-1]
	}
	return r.from[lo:r.first[id]]
}
