package reload

import (
	"fmt"
	"reflect"
	"sync"
)

// State is a value that outlives its component: the host keeps it, by the component's
// name and its own, and gives it to the next generation. Where the type has changed,
// the value is moved field by field, by name; see [Aside] for what has no place.
//
// It is safe for concurrent use, if values are not changed in place: get one, make
// another, set it, or use Update. A value of a type that has not changed is handed on
// as it is; what it points to is then shared by both generations.
type State[T any] struct {
	c *cell
	s *Scope
}

// NewState returns the state name of the scope's component. initial is its value where
// there is none yet, and where none can be moved into T. The same name in the same
// generation is the same state; with another T it is one of its own, and reported.
//
// A field's tag helps: `reload:"was=Title"` takes the value of a field that was named
// Title, and `reload:"-"` is not kept.
//
// A value in an interface keeps the type that it has, which may be the old
// generation's, unless T has changed and has a type of that name.
func NewState[T any](s *Scope, name string, initial T) *State[T] {
	p := new(T)
	*p = initial
	return &State[T]{c: s.layer.open(stateKey{s.component, name}, reflect.ValueOf(p)), s: s}
}

// Get returns the value.
func (s *State[T]) Get() T {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	return *s.c.value.(*T)
}

// Set replaces the value, and tells who listens.
func (s *State[T]) Set(v T) { s.Update(func(T) T { return v }) }

// Update replaces the value by what change makes of it, and tells who listens. change
// must not use the state.
func (s *State[T]) Update(change func(T) T) {
	s.c.mu.Lock()
	func() {
		defer s.c.mu.Unlock()
		p := new(T)
		*p = change(*s.c.value.(*T))
		s.c.set(p)
	}()
	s.c.tell()
}

// OnChange calls changed with each new value, on the goroutine that set it, until
// cancel or the end of the scope that the state was made with.
func (s *State[T]) OnChange(changed func(T)) (cancel func()) {
	return s.s.Subscribe(func() func() {
		return s.c.listen(func(p any) { changed(*p.(*T)) })
	})
}

// stateKey names a state.
type stateKey struct{ component, name string }

// cell holds the value of one state in one generation.
type cell struct {
	key stateKey
	typ reflect.Type // T

	mu      sync.Mutex
	value   any    // *T; what it points to is never changed
	version uint64 // how often it was set
	last    uint64
	told    map[uint64]func(any)
}

func newCell(key stateKey, p reflect.Value) *cell {
	return &cell{key: key, typ: p.Type().Elem(), value: p.Interface(), told: map[uint64]func(any){}}
}

// set is called with mu held.
func (c *cell) set(p any) {
	c.value = p
	c.version++
}

// now returns a pointer to the value, and its version.
func (c *cell) now() (reflect.Value, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return reflect.ValueOf(c.value), c.version
}

func (c *cell) tell() {
	c.mu.Lock()
	value := c.value
	told := make([]func(any), 0, len(c.told))
	for id := uint64(1); id <= c.last; id++ { // in the order in which they came
		if f, ok := c.told[id]; ok {
			told = append(told, f)
		}
	}
	c.mu.Unlock()
	for _, f := range told {
		f(value)
	}
}

func (c *cell) listen(f func(any)) (cancel func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	id := c.last
	c.told[id] = f
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.told, id)
	}
}

// Aside is a value, or a part of one, that a state's present type has no place for. It
// is kept, saved with the state, and comes back when a later type has the place again.
type Aside struct {
	Component, Name string // of the state
	Path            string // within it: "Rows[3].Total"; "": all of it
	Type            string // as Go writes it
	Value           any    // for a person to see
	Reason          string
	Generation      uint64 // that had no place for it
	source          *node
	by              *mark // nil: it was read from a file
}

// mark is which migration has put something aside.
type mark struct{ generation uint64 }

func (a Aside) String() string {
	at := a.Component + "/" + a.Name
	if a.Path != "" {
		at += "." + a.Path
	}
	return fmt.Sprintf("%s (%s) kept aside: %s", at, a.Type, a.Reason)
}
