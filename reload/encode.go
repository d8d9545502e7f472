package reload

import (
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
	for len(e.work) > 0 {
		next := e.work[0]
		e.work = e.work[1:]
		e.objects[next.id-1] = e.one(next.n, next.path, 0)
	}
	return out
}

func (e *encoder) one(n *node, path *where, depth int) *node {
	out := &node{Kind: n.Kind, Type: n.Type}
	if depth > maxDepth {
		return e.leave(out, n, path, "it is nested too deeply")
	}
	if v := n.value; v.IsValid() && n.Kind != isLock && n.Kind != isNil {
		if write, _ := marshaler(v.Type()); write != nil {
			b, err := marshal(write, v)
			if err != nil {
				return e.leave(out, n, path, err.Error())
			}
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
		n.parts()
		for i, part := range n.Elems {
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
