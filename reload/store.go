package reload

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// store holds the states of the generation that is shown.
type store struct {
	mu       sync.Mutex
	cells    map[stateKey]*cell
	aside    map[stateKey][]Aside
	restored map[stateKey]*node // from a file, and not asked for yet
	objects  []*node            // what their pointers lead to
}

func newStore() *store {
	return &store{cells: map[stateKey]*cell{}, aside: map[stateKey][]Aside{}, restored: map[stateKey]*node{}}
}

// layer is the states of one generation. Until it is shown they are copies, so that
// the generation before has its own to go on with.
type layer struct {
	store      *store
	generation uint64
	types      map[string]reflect.Type // that interfaces may hold, by Type.String

	mu    sync.Mutex
	shown bool
	cells map[stateKey]*cell
	seen  map[stateKey]uint64 // the version that was copied
	aside map[stateKey][]Aside
	// What stood in the store before.
	before      map[stateKey]*cell
	asideBefore map[stateKey][]Aside
	clashes     []Aside
	told        map[*node]bool // by news
}

func (s *store) newLayer(generation uint64) *layer {
	return &layer{store: s, generation: generation, cells: map[stateKey]*cell{}, seen: map[stateKey]uint64{},
		aside: map[stateKey][]Aside{}, before: map[stateKey]*cell{}, asideBefore: map[stateKey][]Aside{}, told: map[*node]bool{}}
}

// open returns the cell of a key; initial is a *T.
func (l *layer) open(key stateKey, initial reflect.Value) *cell {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c, ok := l.cells[key]; ok {
		if c.typ == initial.Type().Elem() {
			return c
		}
		l.clashes = append(l.clashes, Aside{Component: key.component, Name: key.name, Type: initial.Type().Elem().String(),
			Reason: "this generation has it as " + c.typ.String() + " already; the second one stands alone", Generation: l.generation})
		return newCell(key, initial)
	}
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	c, kept := l.take(key, initial)
	l.cells[key] = c
	l.aside[key] = kept
	if l.shown {
		l.store.cells[key] = c
		l.store.setAside(key, kept)
		delete(l.store.restored, key)
	}
	return c
}

// take makes the cell of what the store has. Both locks are held.
func (l *layer) take(key stateKey, initial reflect.Value) (*cell, []Aside) {
	var whole *node
	if old, ok := l.store.cells[key]; ok {
		p, version := old.now()
		whole = live(p.Elem())
		l.seen[key] = version
	} else if n, ok := l.store.restored[key]; ok {
		whole = n
	}
	m := &migration{key: key, generation: l.generation, objects: l.store.objects, types: l.types, kept: slices.Clone(l.store.aside[key])}
	if whole != nil {
		if p, ok := m.move(whole, initial.Type().Elem()); ok {
			return newCell(key, p), m.kept
		}
		m.keep(nil, whole, m.why(whole, initial.Type().Elem()))
	}
	// What was put aside as a whole may fit again.
	for i, a := range slices.Backward(m.kept) {
		if a.Path != "" || a.source == whole {
			continue
		}
		again := &migration{key: key, generation: l.generation, objects: l.store.objects, types: l.types, kept: slices.Delete(slices.Clone(m.kept), i, i+1)}
		if p, ok := again.move(a.source, initial.Type().Elem()); ok {
			return newCell(key, p), again.kept
		}
	}
	return newCell(key, initial), m.kept
}

// show makes the layer's states those that the store has.
func (l *layer) show() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	l.shown = true
	for key, c := range l.cells {
		l.before[key] = l.store.cells[key]
		l.asideBefore[key] = l.store.aside[key]
		l.store.cells[key] = c
		l.store.setAside(key, l.aside[key])
	}
}

// hide puts the states back that the store had before.
func (l *layer) hide() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	for key, c := range l.before {
		if l.store.cells[key] != l.cells[key] {
			continue
		}
		if c == nil {
			delete(l.store.cells, key)
		} else {
			l.store.cells[key] = c
		}
		l.store.setAside(key, l.asideBefore[key])
	}
	l.shown = false
}

// settle ends the time in which hide is possible. What the generation before has set
// since the copy is taken over, unless the new one has set it, too.
func (l *layer) settle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	var tell []*cell
	l.store.mu.Lock()
	for key, old := range l.before {
		delete(l.store.restored, key)
		c := l.cells[key]
		if old == nil || l.store.cells[key] != c {
			continue
		}
		p, version := old.now()
		if version == l.seen[key] {
			continue
		}
		m := &migration{key: key, generation: l.generation, objects: l.store.objects, types: l.types, kept: slices.Clone(l.store.aside[key])}
		value, ok := m.move(live(p.Elem()), c.typ)
		if !ok {
			continue
		}
		c.mu.Lock()
		if c.version == 0 {
			c.set(value.Interface())
			tell = append(tell, c)
			l.store.setAside(key, m.kept)
		}
		c.mu.Unlock()
	}
	l.before, l.asideBefore = map[stateKey]*cell{}, map[stateKey][]Aside{}
	l.store.mu.Unlock()
	for _, c := range tell {
		c.tell()
	}
}

func (s *store) setAside(key stateKey, kept []Aside) {
	if len(kept) == 0 {
		delete(s.aside, key)
	} else {
		s.aside[key] = kept
	}
}

// asides returns all that is kept aside, sorted.
func (s *store) asides() []Aside {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Aside
	for _, key := range slices.SortedFunc(maps.Keys(s.aside), stateKey.compare) {
		all = append(all, s.aside[key]...)
	}
	return all
}

func (k stateKey) compare(other stateKey) int {
	if c := strings.Compare(k.component, other.component); c != 0 {
		return c
	}
	return strings.Compare(k.name, other.name)
}

// news returns what this layer has put aside since it was asked last.
func (l *layer) news() []Aside {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.clashes)
	for _, key := range slices.SortedFunc(maps.Keys(l.aside), stateKey.compare) {
		for _, a := range l.aside[key] {
			if a.by != nil && a.by.generation == l.generation && !l.told[a.source] {
				all = append(all, a)
				l.told[a.source] = true
			}
		}
	}
	l.clashes = nil
	return all
}
