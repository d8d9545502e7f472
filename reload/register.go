package reload

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// Register makes a component known by name, with what builds it; call it in an init
// function or in main, before the component is shown. build is called on the goroutine
// of the UI, once for each place where the component is shown and anew for each
// generation; it starts whatever goes on by the scope, and must not wait for long.
// What C has to be, the adapter of the toolkit says.
//
// The registrations that a new generation makes while it is loaded replace those of the
// same names. Two in the same generation are a *[DuplicateError], of NewHost or Load.
func Register[C any](name string, build func(*Scope) (C, error)) {
	components.add(&registration{name: name, at: caller(0), pkg: packageOf(build), typ: reflect.TypeFor[C](),
		build: func(s *Scope) (any, error) { return build(s) }})
}

// RegisterType makes a type known that states hold in interfaces, so that such values
// can be moved to the next generation, and read from a file.
func RegisterType[T any]() {
	t := reflect.TypeFor[T]()
	components.addType(t)
}

// DuplicateError is a component that was registered twice in one generation.
type DuplicateError struct {
	Name          string
	First, Second string // "file:line"
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("component %q is registered twice: at %s and at %s", e.Name, e.First, e.Second)
}

// components are those of this program. That there is one for all is what lets a
// generation register itself when it is loaded.
var components = newRegistry()

type registration struct {
	name  string
	at    string // "file:line"
	pkg   string // of what builds it, as the generation has it
	typ   reflect.Type
	build func(*Scope) (any, error)

	generation uint64
}

// batch is what one generation has registered.
type batch struct {
	components map[string]*registration
	types      map[string]reflect.Type
	errs       []error
}

func newBatch() *batch {
	return &batch{components: map[string]*registration{}, types: map[string]reflect.Type{}}
}

type registry struct {
	collecting sync.Mutex

	mu   sync.Mutex
	base *batch // of the program as it was started
	now  *batch // where registrations go
}

func newRegistry() *registry {
	b := newBatch()
	return &registry{base: b, now: b}
}

func (r *registry) add(c *registration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch first, twice := r.now.components[c.name]; {
	case c.name == "":
		r.now.errs = append(r.now.errs, fmt.Errorf("a component is registered without a name at %s", c.at))
	case twice:
		r.now.errs = append(r.now.errs, &DuplicateError{c.name, first.at, c.at})
	default:
		r.now.components[c.name] = c
	}
}

func (r *registry) addType(t reflect.Type) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.types[t.String()] = t
}

// err is what is wrong with the program's own registrations.
func (r *registry) err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.base.errs...)
}

// get returns one of the program's own components.
func (r *registry) get(name string) (*registration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.base.components[name]
	return c, ok
}

// collect runs load, and returns what is registered meanwhile.
func (r *registry) collect(generation uint64, load func() error) (*batch, error) {
	r.collecting.Lock()
	defer r.collecting.Unlock()
	b := newBatch()
	r.mu.Lock()
	r.now = b
	r.mu.Unlock()
	err := guard(load)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.base
	if err == nil {
		err = errors.Join(b.errs...)
	}
	for _, c := range b.components {
		c.generation = generation
	}
	return b, err
}

// types returns the known types, those of b before the program's own.
func (r *registry) types(b *batch) map[string]reflect.Type {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string]reflect.Type{}
	for name, t := range r.base.types {
		all[name] = t
	}
	if b != nil {
		for name, t := range b.types {
			all[name] = t
		}
	}
	return all
}
