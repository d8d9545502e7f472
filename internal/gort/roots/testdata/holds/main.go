// Holds keeps one object in every place that a collector starts from, or just does
// not, says which lies where, and waits. Its collector is off.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"
	"weak"
)

// box is what is looked for.
type box struct {
	next *box
	data [56]byte
}

// pair is a variable whose address is taken.
type pair struct {
	n int
	b *box
}

//go:noinline
func newBox(name string) *box {
	b := new(box)
	say(name, b)
	return b
}

// say prints an address without leaving the pointer anywhere.
//
//go:noinline
func say(name string, b *box) {
	os.Stdout.WriteString("box " + name + " 0x" + strconv.FormatUint(uint64(address(b)), 16) + "\n")
	said <- struct{}{}
}

// boxes is how many goroutines tell of before they wait.
const boxes = 32 + cgoBoxes

var sink atomic.Uintptr

//go:noinline
func use(b *box) { sink.Add(uintptr(b.data[3])) }

//go:noinline
func usePair(p *pair) { sink.Add(uintptr(p.n)); use(p.b) }

var (
	block   = make(chan struct{})
	said    = make(chan struct{}, 100)
	global  *box
	static  = &pair{n: 1} // in the data segment, with a value from the start
	hooks   []func()
	stop    atomic.Bool
	pins    runtime.Pinner // one that is dropped is an error
	weakBox weak.Pointer[box]
)

func local() {
	b := newBox("local")
	<-block
	use(b)
}

func dead() {
	b := newBox("dead-local")
	use(b)
	<-block
}

//go:noinline
func argument(b *box) {
	<-block
	use(b)
}

//go:noinline
func deadArgument(b *box) {
	use(b)
	<-block
}

//go:noinline
func stackArgument(a, b, c, d, e, f, g, h, i, j, k int, x *box) {
	<-block
	use(x)
	sink.Add(uintptr(a + b + c + d + e + f + g + h + i + j + k))
}

//go:noinline
func waitPair(p *pair) {
	<-block
	usePair(p)
}

func object() {
	p := pair{n: 3, b: newBox("object")}
	waitPair(&p)
}

func deadObject() {
	p := pair{n: 3, b: newBox("dead-object")}
	usePair(&p)
	<-block
}

func openDefer() {
	b := newBox("open-defer")
	defer func() { use(b) }()
	<-block
}

func loopDefer() {
	for range 2 {
		b := newBox("loop-defer")
		defer func() { use(b) }()
	}
	<-block
}

func select2() {
	b := newBox("select")
	c := make(chan *box)
	select {
	case <-block:
	case c <- b:
	}
}

func panics() {
	defer func() {
		recover()
		<-block
	}()
	b := newBox("dead-panic")
	use(b)
	panic("expected")
}

// deep keeps a box at the bottom of a stack of many frames.
//
//go:noinline
func deep(n int, b *box) {
	if n == 0 {
		<-block
		return
	}
	if n == 1000 { // far from both ends
		x := newBox("dead-deep")
		use(x)
		b = newBox("middle")
		deep(n-1, nil)
		use(b)
		return
	}
	deep(n-1, nil)
	if b != nil {
		use(b)
	}
}

// generic functions and methods that are called by reflection have frames of their own.
//
//go:noinline
func sorted[T any](v T, f func(T)) {
	<-block
	f(v)
}

//go:noinline
func spin(b *box) {
	n := 0
	for !stop.Load() {
		n += int(b.data[n&31]) + 1
	}
	sink.Add(uintptr(n))
}

func computes() { spin(newBox("register")) }

func notes() {
	finalized := newBox("finalized")
	finalized.next = newBox("referent")
	closed := newBox("finalizer")
	runtime.SetFinalizer(finalized, func(*box) { use(closed) })

	cleaned := newBox("cleaned")
	runtime.AddCleanup(cleaned, use, newBox("cleanup"))

	late := newBox("timer")
	time.AfterFunc(time.Hour, func() { use(late) })

	weakBox = weak.Make(newBox("weak"))
	newHandle(newBox("handle"))

	pins.Pin(newBox("pinned"))
}

func main() {
	debug.SetGCPercent(-1)
	runtime.GOMAXPROCS(4)
	global = newBox("global")
	static.b = newBox("static")
	hook := newBox("hook")
	hooks = append(hooks, func() { use(hook) })
	for _, f := range []func(){local, dead, object, deadObject, openDefer, loopDefer, select2, panics, callsC} {
		go f()
	}
	go func() { argument(newBox("argument")) }()
	go func() { deadArgument(newBox("dead-argument")) }()
	go func() { stackArgument(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, newBox("stack-argument")) }()
	go func() { deep(2000, newBox("deep")) }()
	go func() { sorted(newBox("generic"), use) }()
	captured := newBox("captured")
	go func() {
		<-block
		use(captured)
	}()
	go reflected(newBox("reflected"))
	go callsReflected(newBox("method-value"))
	go func() {
		t := time.NewTicker(time.Hour)
		<-t.C
	}()
	notes()
	go computes()
	for range boxes {
		<-said
	}
	os.Stdout.WriteString("ready\n")
	for told := make([]byte, 1); ; {
		if n, _ := os.Stdin.Read(told); n == 0 {
			break
		}
		runtime.GC()
		runtime.GC()
		os.Stdout.WriteString("collected\n")
	}
	use(global)
	use(static.b)
	runtime.KeepAlive(hooks)
}
