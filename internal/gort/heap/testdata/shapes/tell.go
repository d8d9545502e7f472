package main

import (
	"fmt"
	"io"
	"reflect"
	"unsafe"
)

// teller lists objects, as the compiler sees them.
type teller struct {
	w    io.Writer
	seen map[place]bool
}

type place struct {
	addr uintptr
	kind string
}

// tell lists what is reachable from u: "o ADDRESS KIND TYPE" is an object, "e
// ADDRESS OFFSET TARGET" one of its pointers, "m MAP TARGET" a pointer in an entry of
// a map, "f ADDRESS TARGET" one in a closure, "c CHAN TARGET" one in a channel.
func tell(w io.Writer, u *Universe) {
	t := &teller{w: w, seen: map[place]bool{}}
	t.object(uintptr(unsafe.Pointer(u)), reflect.ValueOf(u).Elem())
	for i, f := range funcs {
		n := u.list("more", i)
		fmt.Fprintf(w, "f %#x %#x\n", word(unsafe.Pointer(&f)), uintptr(unsafe.Pointer(n)))
	}
	synced.Range(func(_, v any) bool {
		p := v.(*Pair[string, *Node])
		fmt.Fprintf(w, "s %#x %#x\n", uintptr(unsafe.Pointer(synced)), uintptr(unsafe.Pointer(p)))
		t.object(uintptr(unsafe.Pointer(p)), reflect.ValueOf(p).Elem())
		return true
	})
	for range len(u.Chan) {
		n := <-u.Chan
		fmt.Fprintf(w, "c %#x %#x\n", word(unsafe.Pointer(&u.Chan)), uintptr(unsafe.Pointer(n)))
		t.object(uintptr(unsafe.Pointer(n)), reflect.ValueOf(n).Elem())
		u.Chan <- n
	}
	b := <-u.Structs
	fmt.Fprintf(w, "c %#x %#x\n", word(unsafe.Pointer(&u.Structs)), uintptr(unsafe.Pointer(b.N)))
	u.Structs <- b
}

// list finds the node of a name among the keys of Sets.
func (u *Universe) list(prefix string, i int) *Node {
	for n := range u.Sets {
		if n.Name == name(prefix, i) {
			return n
		}
	}
	return nil
}

func word(p unsafe.Pointer) uintptr { return *(*uintptr)(p) }

func (t *teller) first(addr uintptr, kind string) bool {
	k := place{addr, kind}
	if addr == 0 || t.seen[k] {
		return false
	}
	t.seen[k] = true
	return true
}

// object tells of an object that is one value.
func (t *teller) object(addr uintptr, v reflect.Value) {
	if !t.first(addr, v.Type().String()) {
		return
	}
	fmt.Fprintf(t.w, "o %#x value %s\n", addr, v.Type())
	t.walk(addr, v)
}

// walk tells of the pointers in a value, which lies in the object at base, and of
// what they lead to.
func (t *teller) walk(base uintptr, v reflect.Value) {
	at := unsafe.Pointer(v.UnsafeAddr())
	edge := func(target, more uintptr) {
		if target != 0 {
			fmt.Fprintf(t.w, "e %#x %d %#x\n", base, uintptr(at)+more-base, target)
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			t.walk(base, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			t.walk(base, v.Index(i))
		}
	case reflect.Pointer:
		edge(word(at), 0)
		if !v.IsNil() {
			t.object(word(at), v.Elem())
		}
	case reflect.Slice:
		edge(word(at), 0)
		if v.Cap() > 0 && t.first(word(at), "array of "+v.Type().String()) {
			fmt.Fprintf(t.w, "o %#x array %s\n", word(at), v.Type().Elem())
			all := v.Slice(0, v.Cap())
			for i := range all.Len() {
				t.walk(word(at), all.Index(i))
			}
		}
	case reflect.String:
		edge(word(at), 0)
		if v.Len() > 0 && t.first(word(at), "string") {
			fmt.Fprintf(t.w, "o %#x text -\n", word(at))
		}
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		data := word(unsafe.Add(at, 8))
		edge(data, 8)
		in := reflect.New(v.Elem().Type()).Elem()
		in.Set(v.Elem())
		switch in.Kind() {
		case reflect.Pointer:
			t.object(data, in.Elem())
		case reflect.Map:
			t.entries(data, in)
		case reflect.Struct: // one that lies in the word itself is not an object
			if in.NumField() != 1 && t.first(data, in.Type().String()) {
				fmt.Fprintf(t.w, "o %#x value %s\n", data, in.Type())
				t.walk(data, reflect.NewAt(in.Type(), *(*unsafe.Pointer)(unsafe.Add(at, 8))).Elem())
			}
		case reflect.String, reflect.Slice:
			if t.first(data, in.Type().String()) {
				fmt.Fprintf(t.w, "o %#x value %s\n", data, in.Type())
				t.walk(data, reflect.NewAt(in.Type(), *(*unsafe.Pointer)(unsafe.Add(at, 8))).Elem())
			}
		}
	case reflect.Map:
		edge(word(at), 0)
		if !v.IsNil() {
			t.entries(word(at), v)
		}
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		edge(word(at), 0)
		if v.Kind() == reflect.Chan && t.first(word(at), "chan") {
			fmt.Fprintf(t.w, "o %#x chan %s\n", word(at), v.Type())
		}
	}
}

// entries tells of a map.
func (t *teller) entries(addr uintptr, v reflect.Value) {
	if !t.first(addr, "map") {
		return
	}
	fmt.Fprintf(t.w, "o %#x map %s\n", addr, v.Type())
	for it := v.MapRange(); it.Next(); {
		for _, x := range []reflect.Value{it.Key(), it.Value()} {
			if x.Type().Size() > 128 {
				fmt.Fprintf(t.w, "i %#x %s\n", addr, x.Type()) // there is a pointer to a copy
				continue
			}
			in := reflect.New(x.Type()).Elem()
			in.Set(x)
			t.entry(addr, in)
		}
	}
}

// entry tells of the pointers in a key or element.
func (t *teller) entry(addr uintptr, v reflect.Value) {
	at := unsafe.Pointer(v.UnsafeAddr())
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			t.entry(addr, v.Field(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fmt.Fprintf(t.w, "m %#x %#x\n", addr, word(at))
			t.object(word(at), v.Elem())
		}
	case reflect.String:
		fmt.Fprintf(t.w, "m %#x %#x\n", addr, word(at))
		if v.Len() > 0 && t.first(word(at), "string") {
			fmt.Fprintf(t.w, "o %#x text -\n", word(at))
		}
	case reflect.Map:
		fmt.Fprintf(t.w, "m %#x %#x\n", addr, word(at))
		t.entries(word(at), v)
	}
}
