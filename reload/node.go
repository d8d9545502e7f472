package reload

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// node is a value to move from: one in memory, whose parts are looked at when asked,
// or one read from a file.
type node struct {
	Kind  nodeKind `json:"k"`
	Type  string   `json:"t,omitempty"` // as Go writes it
	Text  string   `json:"v,omitempty"` // of a scalar
	Names []string `json:"n,omitempty"` // of a struct's fields
	Keys  []*node  `json:"m,omitempty"` // of a map
	Elems []*node  `json:"e,omitempty"` // of a list, map, struct; what an interface holds
	Ref   int      `json:"r,omitempty"` // of a pointer: its object's number, from 1

	value reflect.Value // in memory; then the rest is filled by parts
	full  bool
}

type nodeKind string

const (
	isNil       nodeKind = "nil"
	isBool      nodeKind = "bool"
	isInt       nodeKind = "int"
	isUint      nodeKind = "uint"
	isFloat     nodeKind = "float"
	isComplex   nodeKind = "complex"
	isString    nodeKind = "string"
	isBytes     nodeKind = "bytes"
	isList      nodeKind = "list"
	isMap       nodeKind = "map"
	isStruct    nodeKind = "struct"
	isPointer   nodeKind = "pointer"
	isInterface nodeKind = "interface"
	isMarshaled nodeKind = "marshaled" // by its own method, to Text
	isCode      nodeKind = "code"      // a func, a channel, an unsafe.Pointer: no state
	isLock      nodeKind = "lock"      // of package sync: no state
)

// live is the node of a value in memory.
func live(v reflect.Value) *node {
	if !v.CanAddr() { // so that fields that are not exported can be read
		c := reflect.New(v.Type()).Elem()
		c.Set(v)
		v = c
	}
	return &node{Kind: kindOf(v), Type: v.Type().String(), value: v}
}

func kindOf(v reflect.Value) nodeKind {
	switch v.Kind() {
	case reflect.Bool:
		return isBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return isInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return isUint
	case reflect.Float32, reflect.Float64:
		return isFloat
	case reflect.Complex64, reflect.Complex128:
		return isComplex
	case reflect.String:
		return isString
	case reflect.Array:
		return isList
	case reflect.Struct:
		if locks[v.Type()] {
			return isLock
		}
		return isStruct
	}
	if v.IsNil() {
		return isNil
	}
	switch v.Kind() {
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return isBytes
		}
		return isList
	case reflect.Map:
		return isMap
	case reflect.Pointer:
		return isPointer
	case reflect.Interface:
		return isInterface
	}
	return isCode
}

// locks say who waits, not what is.
var locks = map[reflect.Type]bool{
	reflect.TypeFor[sync.Mutex](): true, reflect.TypeFor[sync.RWMutex](): true,
	reflect.TypeFor[sync.WaitGroup](): true, reflect.TypeFor[sync.Cond](): true,
	reflect.TypeFor[sync.Pool](): true,
}

// parts fills in Names, Keys and Elems, one level deep.
func (n *node) parts() {
	if n.full || !n.value.IsValid() {
		return
	}
	n.full = true
	switch v := n.value; n.Kind {
	case isList:
		for i := range v.Len() {
			n.Elems = append(n.Elems, live(v.Index(i)))
		}
	case isMap:
		for it := v.MapRange(); it.Next(); {
			n.Keys = append(n.Keys, live(it.Key()))
			n.Elems = append(n.Elems, live(it.Value()))
		}
	case isStruct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Name != "_" && f.Tag.Get("reload") != "-" {
				n.Names = append(n.Names, f.Name)
				n.Elems = append(n.Elems, live(field(v, i)))
			}
		}
	case isInterface:
		n.Elems = []*node{live(v.Elem())}
	}
}

// field is a field of an addressable struct, exported or not, to be read and set.
func field(v reflect.Value, i int) reflect.Value {
	f := v.Field(i)
	if f.CanSet() {
		return f
	}
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
}

// The scalars of a node.

func (n *node) bool() bool {
	if n.value.IsValid() {
		return n.value.Bool()
	}
	return n.Text == "true"
}

// text of a string or bytes.
func (n *node) text() (string, bool) {
	switch {
	case n.Kind != isString && n.Kind != isBytes:
		return "", false
	case !n.value.IsValid():
		return n.unquoted()
	case n.Kind == isBytes:
		return string(n.value.Bytes()), true
	}
	return n.value.String(), true
}

// A file's texts are quoted where they are not valid UTF-8, which JSON would change.
func (n *node) unquoted() (string, bool) {
	if !strings.HasPrefix(n.Text, `"`) {
		return n.Text, true
	}
	s, err := strconv.Unquote(n.Text)
	return s, err == nil
}

// number of an int, uint or float, as that which holds it exactly; whole reports
// whether i or u holds it, negative which.
func (n *node) number() (i int64, u uint64, f float64, whole, negative, ok bool) {
	switch n.Kind {
	case isInt:
		if i, ok = n.int(); !ok {
			return
		}
		return i, uint64(i), float64(i), true, i < 0, true
	case isUint:
		if u, ok = n.uint(); !ok {
			return
		}
		return int64(u), u, float64(u), true, false, true
	case isFloat:
		if f, ok = n.float(); !ok {
			return
		}
		// -0 has no whole number.
		if f != math.Trunc(f) || math.IsInf(f, 0) || f == 0 && math.Signbit(f) {
			return 0, 0, f, false, f < 0, true
		}
		if f < 0 {
			return int64(f), 0, f, f >= -1<<63, true, true
		}
		return 0, uint64(f), f, f < 1<<64, false, true
	}
	return
}

func (n *node) int() (int64, bool) {
	if n.value.IsValid() {
		return n.value.Int(), true
	}
	i, err := strconv.ParseInt(n.Text, 10, 64)
	return i, err == nil
}

func (n *node) uint() (uint64, bool) {
	if n.value.IsValid() {
		return n.value.Uint(), true
	}
	u, err := strconv.ParseUint(n.Text, 10, 64)
	return u, err == nil
}

func (n *node) float() (float64, bool) {
	if n.value.IsValid() {
		return n.value.Float(), true
	}
	f, err := strconv.ParseFloat(n.Text, 64)
	return f, err == nil
}

func (n *node) complex() (complex128, bool) {
	switch {
	case n.Kind != isComplex:
		return 0, false
	case n.value.IsValid():
		return n.value.Complex(), true
	}
	c, err := strconv.ParseComplex(n.Text, 128)
	return c, err == nil
}

// shown is the node for a person to see.
func (n *node) shown() any {
	if n.value.IsValid() {
		return n.value.Interface()
	}
	return fmt.Sprintf("%s %s", n.Type, n.Text)
}

// marshaler returns how a type is written to a file by its own methods, if it can be
// read again by them.
func marshaler(t reflect.Type) (write func(v reflect.Value) ([]byte, error), read func(p any, b []byte) error) {
	p := reflect.PointerTo(t)
	switch {
	case p.Implements(reflect.TypeFor[encoding.BinaryMarshaler]()) && p.Implements(reflect.TypeFor[encoding.BinaryUnmarshaler]()):
		return func(v reflect.Value) ([]byte, error) {
				return v.Addr().Interface().(encoding.BinaryMarshaler).MarshalBinary()
			}, func(p any, b []byte) error {
				return p.(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
			}
	case p.Implements(reflect.TypeFor[encoding.TextMarshaler]()) && p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return func(v reflect.Value) ([]byte, error) {
				return v.Addr().Interface().(encoding.TextMarshaler).MarshalText()
			}, func(p any, b []byte) error {
				return p.(encoding.TextUnmarshaler).UnmarshalText(b)
			}
	}
	return nil, nil
}
