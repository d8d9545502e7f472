// Typed holds values of many types in package variables, says where they, their
// types and closures are, and waits for the end of its input.
package main

import (
	"fmt"
	"image"
	"io"
	"os"
	"reflect"
	"sort"
	"unsafe"
)

type point struct{ x, y int }

// label has a method of its own, one on its pointer, and embeds a struct.
type label struct {
	point
	Text   string
	hidden bool
	kids   []*label
	on     func(int) error
	data   any
	shown  shower
	last   [2]*point
	named  map[string]*label
	wide   map[int][200]byte
	queue  chan *label
	short  uint16
	key    map[[200]byte]bool
}

func (l label) Size() int        { return len(l.Text) }
func (l *label) Show(on bool)    { l.hidden = !on }
func (l *label) refresh()        { l.short++ }
func (p *point) Move(dx, dy int) { p.x, p.y = p.x+dx, p.y+dy }

type shower interface{ Show(bool) }

type pair[K comparable, V any] struct {
	key K
	val V
}

// large has more pointers than the compiler writes a mask for.
type large struct {
	head  int
	items [300]struct {
		p *point
		n int
		s string
		i any
	}
	tail *large
}

// unseen is in no interface: only DWARF tells of it.
type unseen struct {
	a   int32
	p   *unseen
	arr [3]struct{ s []byte }
}

var (
	theLabel  label
	theCache  = map[string]*label{}
	theNumber int
	theUnseen unseen
	thePair   pair[string, *label]
	theLarge  *large
	theAny    any
	theShower shower
	theFuncs  []func()
	theQueue  chan point
	anonymous struct {
		a int
		b []*label
	}
	sink []any
	// theTable is used through its methods alone.
	theTable table
)

type table struct {
	rows  map[string]*label
	spare *label
}

//go:noinline
func (t *table) add(l *label) *table {
	if t.rows == nil {
		t.rows = map[string]*label{}
	}
	t.rows[l.Text] = l
	return t
}

// serve keeps its receiver, and one table more, on its stack while it waits.
//
//go:noinline
func (t *table) serve(in chan *label, wait chan int) {
	other := newTable()
	for l := range in {
		other.add(l)
		t.add(l)
	}
	<-wait
	t.spare, other.spare = nil, nil
}

//go:noinline
func newTable() *table {
	t := &table{}
	sink = append(sink, t)
	return t
}

//go:noinline
func put(key string, l *label) { theCache[key] = l }

//go:noinline
func count() int { theNumber++; return theNumber }

//go:noinline
func closures(n int, l *label, s string) {
	calls := 0
	theFuncs = append(theFuncs, func() { l.Show(n > 1); fmt.Sprint(s, n) })
	theFuncs = append(theFuncs, func() { calls++; theUnseen.a = int32(calls) })
	theFuncs = append(theFuncs, func() { calls--; fmt.Sprint(calls, l) })
	theFuncs = append(theFuncs, l.refresh)
	theFuncs = append(theFuncs, plain)
}

func plain() {}

//go:noinline
func newQueue(n int) chan point {
	if n == 0 {
		return nil
	}
	return make(chan point, n)
}

// typeAddr is where a type's description lies: the data word of a reflect.Type.
func typeAddr(t reflect.Type) uintptr {
	return (*[2]uintptr)(unsafe.Pointer(&t))[1]
}

func main() {
	theLabel.named = theCache
	put("a", &theLabel)
	count()
	closures(len(os.Args), &theLabel, os.Args[0])
	theUnseen.p = &theUnseen
	theUnseen.arr[1].s = []byte{1}
	theLarge = &large{}
	theQueue = newQueue(len(os.Args))
	theAny = thePair
	theShower = &theLabel
	anonymous.b = append(anonymous.b, &theLabel)
	theTable.add(&theLabel)
	queue := make(chan *label)
	go new(table).add(&theLabel).serve(queue, make(chan int))
	queue <- &theLabel
	values := []any{
		0, "", 1.5, complex(1, 2), uint8(1), true, uintptr(0), unsafe.Pointer(nil),
		label{}, &label{}, point{}, &point{}, pair[string, *label]{}, &pair[int, image.Point]{}, large{}, &large{},
		map[string]*label{}, map[int][200]byte{}, map[[200]byte]bool{}, map[point]struct{}{}, make(chan *label), make(<-chan int),
		[]*label{}, [4]point{}, [40000]*point{}, func(int) error { return nil }, image.Point{}, &image.RGBA{},
		(*shower)(nil), struct {
			a int
			B *label
		}{}, [3][2]any{}, [0]int{}, struct{}{},
		(*interface {
			Show(bool)
			refresh()
		})(nil),
	}
	sink = values
	for _, v := range values {
		describe(reflect.TypeOf(v))
	}
	describe(reflect.TypeOf((*shower)(nil)).Elem())
	fmt.Printf("itab %#x %#x\n", (*[2]uintptr)(unsafe.Pointer(&theShower))[0], typeAddr(reflect.TypeOf(&label{})))
	var writer io.Writer = os.Stdout
	fmt.Printf("itab %#x %#x\n", (*[2]uintptr)(unsafe.Pointer(&writer))[0], typeAddr(reflect.TypeOf(os.Stdout)))
	dynamic := theAny.(interface{ Key() string }) // no itab at build time
	fmt.Printf("itab %#x %#x\n", (*[2]uintptr)(unsafe.Pointer(&dynamic))[0], typeAddr(reflect.TypeOf(thePair)))
	for name, p := range map[string]unsafe.Pointer{
		"theLabel": unsafe.Pointer(&theLabel), "theCache": unsafe.Pointer(&theCache), "theNumber": unsafe.Pointer(&theNumber),
		"theUnseen": unsafe.Pointer(&theUnseen), "thePair": unsafe.Pointer(&thePair), "theLarge": unsafe.Pointer(&theLarge),
		"theAny": unsafe.Pointer(&theAny), "theFuncs": unsafe.Pointer(&theFuncs), "theQueue": unsafe.Pointer(&theQueue),
		"anonymous": unsafe.Pointer(&anonymous), "theTable": unsafe.Pointer(&theTable),
	} {
		fmt.Printf("global main.%s %p\n", name, p)
	}
	fmt.Printf("size main.theUnseen %d\n", unsafe.Sizeof(theUnseen))
	for i, f := range theFuncs {
		fmt.Printf("closure %d %#x\n", i, **(**uintptr)(unsafe.Pointer(&f)))
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	fmt.Fprint(io.Discard, sink, anonymous, theUnseen.a)
}

func (p pair[K, V]) Key() string { return fmt.Sprint(p.key) }

// describe says of a type what reflection knows, one line, and its parts.
func describe(t reflect.Type) {
	fmt.Printf("type %#x kind=%s size=%d methods=%d pkg=%q name=%q", typeAddr(t), t.Kind(), t.Size(), methods(t), t.PkgPath(), t.String())
	switch t.Kind() {
	case reflect.Array:
		fmt.Printf(" len=%d elem=%#x", t.Len(), typeAddr(t.Elem()))
	case reflect.Slice, reflect.Pointer, reflect.Chan:
		fmt.Printf(" elem=%#x", typeAddr(t.Elem()))
	case reflect.Map:
		fmt.Printf(" key=%#x elem=%#x", typeAddr(t.Key()), typeAddr(t.Elem()))
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			fmt.Printf(" %s@%d:%#x", f.Name, f.Offset, typeAddr(f.Type))
		}
	}
	var pointers []int
	mark(t, 0, &pointers)
	sort.Ints(pointers)
	sum := 0
	for _, p := range pointers {
		sum = sum*31 + p
	}
	fmt.Printf(" pointers=%d/%d\n", len(pointers), uint32(sum))
}

// methods counts all methods, those that are not exported too, for which
// reflection has no count.
func methods(t reflect.Type) int {
	if t.Kind() == reflect.Interface {
		return t.NumMethod()
	}
	n := t.NumMethod()
	if t == reflect.TypeOf(&label{}) {
		n++ // refresh
	}
	return n
}

// mark lists the words of a value that hold pointers.
func mark(t reflect.Type, at int, out *[]int) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.String, reflect.Slice:
		*out = append(*out, at/8)
	case reflect.Interface:
		*out = append(*out, at/8+1) // the first word is no pointer for the collector
	case reflect.Array:
		for i := range t.Len() {
			mark(t.Elem(), at+i*int(t.Elem().Size()), out)
		}
	case reflect.Struct:
		for i := range t.NumField() {
			mark(t.Field(i).Type, at+int(t.Field(i).Offset), out)
		}
	}
}
