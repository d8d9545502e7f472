package reload

import (
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// encoder makes nodes that stand by themselves of values in memory. What pointers lead
// to stands in a table of its own: so sharing and cycles stay, and no chain of
// pointers is too long.
type encoder struct {
	objects []*node
	ids     map[pointed]int
	work    []encodeLater
	left    []Aside // what cannot be written
	key     stateKey
	from    []*node // the table of nodes that were read from a file
	room    int64   // bytes that the state may still take; below 0: it takes too many
}

// MaxStateBytes is how large one state may be to be saved, as it is written; what it
// points to counts. A larger one is reported, and the others are saved. A state that
// only goes from one generation to the next may have any size.
const MaxStateBytes = 64 << 20

// nodeBytes is about what a node takes beside its text, in the file.
const nodeBytes = 48

// state encodes the value of a whole state; nil if it is too large.
func (e *encoder) state(key stateKey, n *node) *node {
	before, left := len(e.objects), len(e.left)
	e.room = MaxStateBytes
	if out := e.encode(key, n, nil); e.room >= 0 {
		return out
	}
	e.objects, e.work, e.left = e.objects[:before], nil, e.left[:left]
	for at, id := range e.ids {
		if id > before {
			delete(e.ids, at)
		}
	}
	e.left = append(e.left, Aside{Component: key.component, Name: key.name, Type: n.Type, Reason: fmt.Sprintf("it is larger than %d MiB, and only what is smaller is saved", MaxStateBytes>>20), source: n})
	return nil
}

type encodeLater struct {
	id   int
	n    *node
	path *where
}

// encode returns n as a node that stands by itself.
func (e *encoder) encode(key stateKey, n *node, path *where) *node {
	e.key = key
	if e.ids == nil {
		e.ids = map[pointed]int{}
	}
	out := e.one(n, path, 0)
	for len(e.work) > 0 && e.room >= 0 {
		next := e.work[0]
		e.work = e.work[1:]
		e.objects[next.id-1] = e.one(next.n, next.path, 0)
	}
	return out
}

func (e *encoder) one(n *node, path *where, depth int) *node {
	out := &node{Kind: n.Kind, Type: n.Type}
	if e.room -= nodeBytes + int64(len(n.Type)); e.room < 0 {
		return out
	}
	if depth > maxDepth {
		return e.leave(out, n, path, "it is nested too deeply")
	}
	if v := n.value; v.IsValid() && n.Kind != isLock && n.Kind != isNil {
		if write, _ := marshaler(v.Type()); write != nil {
			b, err := marshal(write, v)
			if err != nil {
				return e.leave(out, n, path, err.Error())
			}
			e.room -= int64(len(b))
			out.Kind, out.Text = isMarshaled, quoted(string(b))
			return out
		}
	}
	switch n.Kind {
	case isCode:
		return e.leave(out, n, path, "a func or a channel is no state")
	case isNil, isLock:
		return out
	case isMarshaled:
		out.Text = n.Text
		return out
	case isPointer:
		m := &migration{objects: e.from}
		address, pointee, ok := m.follow(n)
		if !ok {
			return e.leave(out, n, path, "it leads nowhere")
		}
		var id pointed
		if n.value.IsValid() {
			id = pointed{address, n.value.Type()}
		} else {
			id = pointed{address, nil}
		}
		if e.ids[id] == 0 {
			e.objects = append(e.objects, nil)
			e.ids[id] = len(e.objects)
			e.work = append(e.work, encodeLater{len(e.objects), pointee, path})
		}
		out.Ref = e.ids[id]
		return out
	case isList, isMap, isStruct, isInterface:
		if v := n.value; v.IsValid() && (n.Kind == isList || n.Kind == isMap) && int64(v.Len())*nodeBytes > e.room {
			e.room = -1 // before a node is made for each
			return out
		}
		n.parts()
		for i, part := range n.Elems {
			if e.room < 0 {
				return out
			}
			at := path
			switch {
			case n.Kind == isList:
				at = path.at(i)
			case n.Kind == isMap:
				at = path.of(n.Keys[i])
				out.Keys = append(out.Keys, e.one(n.Keys[i], at, depth+1))
			case n.Kind == isStruct:
				at = path.field(n.Names[i])
			}
			out.Elems = append(out.Elems, e.one(part, at, depth+1))
		}
		out.Names = n.Names
		return out
	}
	if v := n.value; v.IsValid() && (n.Kind == isBytes || v.Kind() == reflect.String) {
		if e.room -= int64(v.Len()); e.room < 0 {
			return out
		}
	}
	out.Text = n.scalar()
	return out
}

// leave notes what cannot be written.
func (e *encoder) leave(out, n *node, path *where, reason string) *node {
	out.Kind = isNil
	if n.Kind != isCode || n.value.IsValid() {
		e.left = append(e.left, Aside{Component: e.key.component, Name: e.key.name, Path: path.String(), Type: n.Type, Value: n.shown(), Reason: reason, source: n})
	}
	return out
}

func marshal(write func(reflect.Value) ([]byte, error), v reflect.Value) (b []byte, err error) {
	err = guard(func() error {
		b, err = write(v)
		return err
	})
	return b, err
}

// scalar is the text of a scalar.
func (n *node) scalar() string {
	v := n.value
	if !v.IsValid() {
		return n.Text
	}
	switch n.Kind {
	case isBool:
		return strconv.FormatBool(v.Bool())
	case isInt:
		return strconv.FormatInt(v.Int(), 10)
	case isUint:
		return strconv.FormatUint(v.Uint(), 10)
	case isFloat:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case isComplex:
		return strconv.FormatComplex(v.Complex(), 'g', -1, 128)
	case isString, isBytes:
		s, _ := n.text()
		return quoted(s)
	}
	return ""
}

// quoted is the inverse of node.unquoted.
func quoted(s string) string {
	if utf8.ValidString(s) && (s == "" || s[0] != '"') {
		return s
	}
	return strconv.QuoteToASCII(s)
}
