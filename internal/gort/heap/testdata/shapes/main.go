// Shapes keeps an object of every shape, says where each lies, of which type it is
// and where each of its pointers leads, and waits. Its collector is off.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

// Node is the element of most structures.
type Node struct {
	Next *Node
	Name string
	N    int
}

// Pair is generic.
type Pair[K comparable, V any] struct {
	Key   K
	Value V
	More  *Pair[K, V]
}

// Wide has a header: it is larger than 512 bytes.
type Wide struct {
	Head *Node
	Pad  [600]byte
	Tail *Node
}

// Big is a large object: it has a span of its own.
type Big struct {
	First *Node
	Pad   [40 << 10]byte
	Last  *Node
}

// Shaper is an interface with a method.
type Shaper interface{ Shape() string }

// Shape is a method.
func (n *Node) Shape() string { return n.Name }

// Boxed is stored in interfaces by value.
type Boxed struct {
	A, B int
	N    *Node
}

// Shape is a method.
func (b Boxed) Shape() string { return "boxed" }

// Alone is stored in an interface's word itself.
type Alone struct{ N *Node }

// Mixed has fields without a size, and arrays of structs.
type Mixed struct {
	Empty struct{}
	Pairs [3]struct {
		Empty [0]func()
		S     []string
		E     any
	}
	Deep struct{ Deeper struct{ Last **Node } }
	End  struct{}
}

// Universe is all.
type Universe struct {
	List     *Node
	Pointers []*Node
	Values   []Node
	Headed   []Node // the array is larger than 512 bytes
	Huge     []Node // the array is a large object
	Room     []*Node
	Text     string
	Bytes    []byte
	Long     []byte
	Small    map[string]*Node
	Large    map[int]*Node
	Huger    map[string]Pair[string, *Node]
	Indirect map[[200]byte][200]byte
	Pointed  map[[30]string]*[30]string
	Plain    map[int]int
	Sets     map[*Node]struct{}
	Maps     map[string]map[string]*Node
	Empty    map[string]*Node
	Any      any
	Value    any
	Word     any
	Text2    any
	Anys     []any
	Shaper   Shaper
	Boxed    Shaper
	Chan     chan *Node
	Structs  chan Boxed
	Ints     chan int
	Gen      *Pair[string, *Node]
	Wide     *Wide
	Wides    []*Wide
	Big      *Big
	Array    *[100]*Node
	Mixed    *Mixed
	Tiny     *int16
	Tinies   []*bool
	Inner    *Node // into Values
	Middle   []*Node
	Twice    ***Node
	Funcs    []func() int
	Synced   *sync.Map
}

var (
	world  any
	synced *sync.Map
	funcs  []func() int
	out    = bufio.NewWriterSize(os.Stdout, 1<<20)
)

func name(prefix string, i int) string { return fmt.Sprint(prefix, "-", i) }

func nodes(prefix string, n int) (out []*Node) {
	for i := range n {
		out = append(out, &Node{Name: name(prefix, i), N: i})
	}
	return out
}

//go:noinline
func fill(u *Universe) {
	for i := range 500 { // many, one behind the other
		u.List = &Node{Next: u.List, Name: name("list", i)}
	}
	u.Pointers = nodes("pointers", 7)
	u.Values = make([]Node, 5)
	u.Headed = make([]Node, 40)
	u.Huge = make([]Node, 3000)
	for i, s := range [][]Node{u.Values, u.Headed, u.Huge} {
		for k := range s {
			s[k] = Node{Next: u.Pointers[k%7], Name: name("value", i*10_000+k)}
		}
	}
	u.Room = append(make([]*Node, 0, 30), nodes("room", 3)...)
	u.Text, u.Bytes, u.Long = name("text", 1), []byte(name("bytes", 2)), make([]byte, 100<<10)
	u.Small, u.Large, u.Huger = map[string]*Node{}, map[int]*Node{}, map[string]Pair[string, *Node]{}
	for i, n := range nodes("small", 5) {
		u.Small[name("small", i)] = n
	}
	for i, n := range nodes("large", 800) {
		u.Large[i] = n
	}
	for i, n := range nodes("huger", 3000) {
		u.Huger[n.Name] = Pair[string, *Node]{Key: name("key", i), Value: n}
	}
	u.Indirect, u.Pointed = map[[200]byte][200]byte{}, map[[30]string]*[30]string{}
	for i := range 20 {
		u.Indirect[[200]byte{byte(i)}] = [200]byte{byte(i)}
		u.Pointed[[30]string{3: name("indirect", i)}] = &[30]string{7: name("pointed", i)}
	}
	u.Plain, u.Sets, u.Maps, u.Empty = map[int]int{}, map[*Node]struct{}{}, map[string]map[string]*Node{}, map[string]*Node{}
	for i, n := range nodes("more", 50) {
		u.Plain[i] = i
		u.Sets[n] = struct{}{}
		u.Maps[n.Name] = map[string]*Node{name("inner", i): {Name: n.Name}}
		synced.Store(name("synced", i), &Pair[string, *Node]{Key: n.Name, Value: n})
		if i < 4 {
			u.Funcs = append(u.Funcs, func() int { return n.N + i })
		}
	}
	funcs = u.Funcs
	u.Any, u.Value, u.Word, u.Text2 = &Node{Name: name("any", 0)}, Boxed{N: u.List}, Alone{&Node{}}, name("any", 1)
	u.Anys = []any{&Node{}, Boxed{A: 1, N: u.List}, name("any", 2), map[string]*Node{"x": {}}, []*Node{{}, {}}, &Pair[int, Boxed]{}}
	u.Shaper, u.Boxed = &Node{}, Boxed{N: &Node{}}
	u.Chan, u.Structs, u.Ints = make(chan *Node, 20), make(chan Boxed, 3), make(chan int, 9)
	for _, n := range nodes("chan", 15) {
		u.Chan <- n
	}
	u.Structs <- Boxed{N: &Node{Name: name("chan", 99)}}
	for i := range 4 {
		u.Gen = &Pair[string, *Node]{Key: name("gen", i), Value: &Node{}, More: u.Gen}
	}
	u.Wide, u.Big, u.Array = &Wide{Head: &Node{}, Tail: u.List}, &Big{First: &Node{}, Last: u.List}, &[100]*Node{3: {}, 99: {}}
	u.Wides = []*Wide{{Head: &Node{}}, {Tail: &Node{}}}
	u.Mixed = &Mixed{}
	p := &Node{Name: name("mixed", 0)}
	u.Mixed.Pairs[1].S, u.Mixed.Pairs[2].E, u.Mixed.Deep.Deeper.Last = []string{name("mixed", 1)}, &Node{}, &p
	u.Tiny = new(int16)
	for range 20 {
		u.Tinies = append(u.Tinies, new(bool))
	}
	u.Inner, u.Middle = &u.Values[2], u.Pointers[3:5]
	pp := &p
	u.Twice = &pp
}

func main() {
	debug.SetGCPercent(-1)
	u := &Universe{}
	u.Synced = &sync.Map{}
	world, synced = u, u.Synced
	fill(u)
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Fprintf(out, "heap %d %d\n", m.HeapAlloc, m.HeapObjects)
	tell(out, u)
	out.Flush()
	u = nil
	runtime.GC()
	runtime.GC()
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(world)
}
