package reload

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
)

// migration moves one state into another type, by field name, and converts only where
// nothing is lost.
type migration struct {
	key        stateKey
	generation uint64
	objects    []*node                 // what a file's pointers lead to
	types      map[string]reflect.Type // what interfaces may hold, by Type.String
	kept       []Aside                 // aside: before, and what the new type has no place for
	mark       *mark                   // of what it puts aside itself

	done  map[pointed]reflect.Value // pointers that are made already: sharing and cycles stay
	later []target                  // what they point to, to be filled
	names map[string]reflect.Type   // the new type's named types
	old   map[string]bool           // packages that the new type no longer knows
}

// pointed is what a pointer led to, and the type that it has become.
type pointed struct {
	address any // the pointer, or an object's number
	typ     reflect.Type
}

type target struct {
	to   reflect.Value
	from *node
	path *where
}

// maxDepth bounds how deep values may be nested other than by pointers.
const maxDepth = 1000

// move returns a pointer to a new T with what n is, or false: none of it fits.
func (m *migration) move(n *node, t reflect.Type) (reflect.Value, bool) {
	p := reflect.New(t)
	m.mark = &mark{m.generation}
	m.done = map[pointed]reflect.Value{}
	if n.value.IsValid() && n.value.Type() == t { // nothing to do, locks excepted
		p.Elem().Set(n.value)
		return p, true
	}
	m.names = map[string]reflect.Type{}
	maps.Copy(m.names, m.types)
	m.old = map[string]bool{}
	if n.value.IsValid() {
		walkTypes(n.value.Type(), map[reflect.Type]bool{}, func(t reflect.Type) { m.old[t.PkgPath()] = true })
	}
	walkTypes(t, map[reflect.Type]bool{}, func(t reflect.Type) {
		m.names[t.String()] = t
		delete(m.old, t.PkgPath())
	})
	for _, t := range m.types {
		delete(m.old, t.PkgPath())
	}
	before := slices.Clone(m.kept)
	ok := m.set(p.Elem(), n, nil, 0)
	for ok && len(m.later) > 0 {
		next := m.later[0]
		m.later = m.later[1:]
		if !m.set(next.to, next.from, next.path, 0) {
			m.keep(next.path, next.from, m.why(next.from, next.to.Type()))
		}
	}
	if !ok {
		m.kept = before
	}
	return p, ok
}

// keep puts a part aside.
func (m *migration) keep(path *where, n *node, reason string) {
	if n.Kind == isNil || n.Kind == isLock {
		return // nothing is lost
	}
	m.kept = append(m.kept, Aside{Component: m.key.component, Name: m.key.name, Path: path.String(), Type: n.Type, Value: n.shown(),
		Reason: reason, Generation: m.generation, source: n, by: m.mark})
}

// why says why a value does not fit into a type.
func (m *migration) why(n *node, t reflect.Type) string {
	switch n.Kind {
	case isCode:
		return "a func or a channel is no state"
	case isInt, isUint, isFloat, isComplex:
		if k := t.Kind(); reflect.Int <= k && k <= reflect.Complex128 {
			return fmt.Sprintf("its value does not fit into %s", t)
		}
	}
	return fmt.Sprintf("%s does not fit into %s", n.Type, t)
}

// set moves n into to, which is settable and zero. false: nothing of it fits.
func (m *migration) set(to reflect.Value, n *node, path *where, depth int) bool {
	t := to.Type()
	if depth > maxDepth {
		return false
	}
	if n.Kind == isLock || locks[t] {
		return n.Kind == isLock || n.Kind == isNil
	}
	if n.value.IsValid() && n.value.Type() == t && n.Kind != isInterface {
		if n.Kind == isCode {
			return false // an old generation's code, perhaps
		}
		to.Set(n.value)
		return true
	}
	if n.Kind == isNil {
		return true // it stays zero
	}
	if n.Kind == isInterface && t.Kind() != reflect.Interface {
		n.parts()
		return len(n.Elems) == 1 && m.set(to, n.Elems[0], path, depth+1)
	}
	if n.Kind == isMarshaled {
		if _, read := marshaler(t); read != nil {
			s, ok := n.unquoted()
			return ok && read(to.Addr().Interface(), []byte(s)) == nil
		}
	}
	if n.Kind == isPointer && t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface {
		_, pointee, ok := m.follow(n)
		return ok && m.set(to, pointee, path, depth+1)
	}
	switch t.Kind() {
	case reflect.Bool:
		if n.Kind == isBool {
			to.SetBool(n.bool())
		}
		return n.Kind == isBool
	case reflect.String:
		s, ok := n.text()
		to.SetString(s)
		return ok
	case reflect.Pointer:
		return m.setPointer(to, n, path, depth)
	case reflect.Slice, reflect.Array:
		return m.setList(to, n, path, depth)
	case reflect.Map:
		return m.setMap(to, n, path, depth)
	case reflect.Struct:
		return m.setStruct(to, n, path, depth)
	case reflect.Interface:
		return m.setInterface(to, n, path, depth)
	case reflect.Complex64, reflect.Complex128:
		c, ok := n.complex()
		if !ok {
			_, _, f, _, _, number := n.number()
			if c, ok = complex(f, 0), number && exact(n, f); !ok {
				return false
			}
		}
		if t.Kind() == reflect.Complex64 && !(fits32(real(c)) && fits32(imag(c))) {
			return false
		}
		to.SetComplex(c)
		return true
	}
	return setNumber(to, n)
}

func fits32(f float64) bool { return math.IsNaN(f) || float64(float32(f)) == f }

// exact reports whether f is n's number and not one near it.
func exact(n *node, f float64) bool {
	switch n.Kind {
	case isInt:
		i, _ := n.int()
		return f < 1<<63 && int64(f) == i
	case isUint:
		u, _ := n.uint()
		return f < 1<<64 && uint64(f) == u
	}
	return true
}

func setNumber(to reflect.Value, n *node) bool {
	i, u, f, whole, negative, ok := n.number()
	if !ok {
		return false
	}
	switch {
	case to.CanFloat():
		if !exact(n, f) || to.Kind() == reflect.Float32 && !fits32(f) {
			return false
		}
		to.SetFloat(f)
		return true
	case to.CanInt():
		if !negative {
			if u > math.MaxInt64 {
				return false
			}
			i = int64(u)
		}
		if !whole || to.OverflowInt(i) {
			return false
		}
		to.SetInt(i)
		return true
	case to.CanUint():
		if !whole || negative || to.OverflowUint(u) {
			return false
		}
		to.SetUint(u)
		return true
	}
	return false
}

// follow returns what a pointer leads to, and what names it.
func (m *migration) follow(n *node) (address any, pointee *node, ok bool) {
	if n.value.IsValid() {
		return n.value.UnsafePointer(), live(n.value.Elem()), true
	}
	if n.Ref < 1 || n.Ref > len(m.objects) {
		return nil, nil, false
	}
	return n.Ref, m.objects[n.Ref-1], true
}

func (m *migration) setPointer(to reflect.Value, n *node, path *where, depth int) bool {
	if n.Kind != isPointer { // a T has become a *T
		p := reflect.New(to.Type().Elem())
		if !m.set(p.Elem(), n, path, depth+1) {
			return false
		}
		to.Set(p)
		return true
	}
	address, pointee, ok := m.follow(n)
	if !ok {
		return false
	}
	id := pointed{address, to.Type()}
	p, made := m.done[id]
	if !made {
		p = reflect.New(to.Type().Elem())
		if depth == 0 && path == nil || !mayFit(pointee, p.Elem()) { // the whole state, or surely none of it
			m.done[id] = p // it may lead to itself
			if !m.set(p.Elem(), pointee, path, depth+1) {
				delete(m.done, id)
				return false
			}
		} else {
			m.done[id] = p
			m.later = append(m.later, target{p.Elem(), pointee, path})
		}
	}
	to.Set(p.Convert(to.Type()))
	return true
}

// mayFit reports whether a pointer's target is of a kind that may fit.
func mayFit(n *node, to reflect.Value) bool {
	switch to.Kind() {
	case reflect.Struct:
		return n.Kind == isStruct || n.Kind == isMarshaled || n.Kind == isNil
	case reflect.Pointer, reflect.Interface:
		return true
	}
	return false
}

func (m *migration) setList(to reflect.Value, n *node, path *where, depth int) bool {
	t := to.Type()
	if s, ok := n.text(); ok {
		if t.Elem().Kind() != reflect.Uint8 || t.Kind() == reflect.Array && len(s) > t.Len() {
			return false
		}
		if t.Kind() == reflect.Slice {
			to.Set(reflect.MakeSlice(t, len(s), len(s)))
		}
		for i := range len(s) {
			to.Index(i).SetUint(uint64(s[i]))
		}
		return true
	}
	if n.Kind != isList {
		return false
	}
	n.parts()
	if t.Kind() == reflect.Slice {
		to.Set(reflect.MakeSlice(t, len(n.Elems), len(n.Elems)))
	}
	fitted, before := 0, len(m.kept)
	for i, e := range n.Elems {
		at := path.at(i)
		switch {
		case i >= to.Len():
			m.keep(at, e, fmt.Sprintf("%s has no element %d", t, i))
		case m.set(to.Index(i), e, at, depth+1):
			fitted++
		default:
			m.keep(at, e, m.why(e, t.Elem()))
		}
	}
	if fitted == 0 && len(n.Elems) > 0 {
		m.kept = m.kept[:before] // the whole of it will be
		return false
	}
	return true
}

func (m *migration) setMap(to reflect.Value, n *node, path *where, depth int) bool {
	if n.Kind != isMap {
		return false
	}
	n.parts()
	t := to.Type()
	made := reflect.MakeMapWithSize(t, len(n.Elems))
	before := len(m.kept)
	for i, e := range n.Elems {
		if i >= len(n.Keys) {
			return false // a damaged file
		}
		at := path.of(n.Keys[i])
		key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		switch {
		case !m.set(key, n.Keys[i], at, depth+1):
			m.keep(at, e, "its key: "+m.why(n.Keys[i], t.Key()))
		case !key.Comparable():
			m.keep(at, e, "its key cannot be compared")
		case made.MapIndex(key).IsValid():
			m.keep(at, e, "another key has become the same")
		case !m.set(value, e, at, depth+1):
			m.keep(at, e, m.why(e, t.Elem()))
		default:
			made.SetMapIndex(key, value)
		}
	}
	if made.Len() == 0 && len(n.Elems) > 0 {
		m.kept = m.kept[:before]
		return false
	}
	to.Set(made)
	return true
}

func (m *migration) setStruct(to reflect.Value, n *node, path *where, depth int) bool {
	if n.Kind != isStruct || len(n.Names) != len(n.Elems) {
		return false
	}
	n.parts()
	t := to.Type()
	taken := make([]bool, len(n.Names))
	from := make([]int, t.NumField()) // for each field, which of n's, or -1
	places, common := 0, false
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("reload")
		from[i] = -1
		if f.Name == "_" || tag == "-" {
			continue
		}
		places++
		j := slices.Index(n.Names, f.Name)
		if was, ok := strings.CutPrefix(tag, "was="); j < 0 && ok {
			j = slices.Index(n.Names, was)
		}
		if j >= 0 && !taken[j] {
			taken[j], common, from[i] = true, true, j
		}
	}
	if !common && places > 0 && len(n.Names) > 0 {
		return false // it is another thing
	}
	for i, j := range from {
		f := t.Field(i)
		at := path.field(f.Name)
		if j >= 0 && !m.set(field(to, i), n.Elems[j], at, depth+1) {
			field(to, i).SetZero()
			m.keep(at, n.Elems[j], m.why(n.Elems[j], f.Type))
			j = -1
		}
		if j < 0 && f.Name != "_" && f.Tag.Get("reload") != "-" {
			m.bringBack(field(to, i), at, depth)
		}
	}
	for j, name := range n.Names {
		if !taken[j] {
			m.keep(path.field(name), n.Elems[j], fmt.Sprintf("%s has no field %s", t, name))
		}
	}
	return true
}

// bringBack fills a field that has no value with what was put aside for its path.
func (m *migration) bringBack(to reflect.Value, path *where, depth int) {
	if len(m.kept) == 0 || !path.fixed() {
		return
	}
	name := path.String()
	for i, a := range slices.Backward(m.kept) {
		if a.Path != name || a.by == m.mark {
			continue
		}
		m.kept = slices.Delete(slices.Clone(m.kept), i, i+1)
		if m.set(to, a.source, path, depth+1) {
			return
		}
		to.SetZero()
		m.kept = slices.Insert(m.kept, i, a)
	}
}

func (m *migration) setInterface(to reflect.Value, n *node, path *where, depth int) bool {
	inner := n
	if n.Kind == isInterface {
		n.parts()
		if len(n.Elems) != 1 {
			return false
		}
		inner = n.Elems[0]
	}
	if v := inner.value; v.IsValid() && v.Type().AssignableTo(to.Type()) && !m.isOld(v.Type()) && inner.Kind != isCode {
		to.Set(v)
		return true
	}
	// A type of the same name that the new generation has.
	name := strings.TrimPrefix(inner.Type, "*")
	typ, ok := basicTypes[name]
	if !ok {
		typ, ok = m.names[name]
	}
	if !ok {
		return false
	}
	if name != inner.Type {
		typ = reflect.PointerTo(typ)
	}
	if !typ.AssignableTo(to.Type()) {
		return false
	}
	v := reflect.New(typ).Elem()
	if !m.set(v, inner, path, depth+1) {
		return false
	}
	to.Set(v)
	return true
}

// isOld reports whether a type is of a package that the new generation does not know.
func (m *migration) isOld(t reflect.Type) bool {
	old := false
	walkTypes(t, map[reflect.Type]bool{}, func(t reflect.Type) { old = old || m.old[t.PkgPath()] })
	return old
}

// basicTypes are what an interface from a file may hold, besides the state's own.
var basicTypes = func() map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for _, v := range []any{false, 0, int8(0), int16(0), int32(0), int64(0), uint(0), uint8(0), uint16(0), uint32(0), uint64(0),
		float32(0), 0.0, complex64(0), 0i, "", []byte(nil), []any(nil), []string(nil), []int(nil), []float64(nil),
		map[string]any(nil), map[string]string(nil), map[string]int(nil), time.Time{}, time.Duration(0)} {
		all[reflect.TypeOf(v).String()] = reflect.TypeOf(v)
	}
	return all
}()

// walkTypes calls f for each named type that a value of t can hold, interfaces aside.
func walkTypes(t reflect.Type, seen map[reflect.Type]bool, f func(reflect.Type)) {
	if seen[t] {
		return
	}
	seen[t] = true
	if t.Name() != "" && t.PkgPath() != "" {
		f(t)
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		walkTypes(t.Elem(), seen, f)
	case reflect.Map:
		walkTypes(t.Key(), seen, f)
		walkTypes(t.Elem(), seen, f)
	case reflect.Struct:
		for i := range t.NumField() {
			walkTypes(t.Field(i).Type, seen, f)
		}
	}
}
