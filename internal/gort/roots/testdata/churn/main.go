// Churn moves boxes through all that can hold one, with a collector that is always
// at work, and notes in a table, as numbers, those that are in use: from after the
// box is made until before it is used for the last time.
package main

import (
	"iter"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

type box struct {
	next *box
	mark uintptr
	data [48]byte
}

const workers = 12

var table [workers]atomic.Uintptr

//go:noinline
func use(b *box) {
	if b.mark != uintptr(unsafe.Pointer(b)) {
		panic("a box was freed that is in use")
	}
}

//go:noinline
func newBox(i int) *box {
	b := &box{}
	b.mark = uintptr(unsafe.Pointer(b))
	table[i].Store(b.mark)
	return b
}

func done(i int) { table[i].Store(0) }

var pool sync.Pool

var garbage [workers][]byte

//go:noinline
func litter(i int) { garbage[i] = make([]byte, 8<<10) }

type pair struct {
	n int
	b *box
	m map[int]*box
}

//go:noinline
func deep(i, n int, b *box) {
	var pad [128]byte
	pad[n&127] = 1
	if n > 0 {
		deep(i, n-1, b)
	} else {
		litter(i)
	}
	use(b)
	runtime.KeepAlive(&pad)
}

// Each way holds the box in another place. It must be used after it is done.
var ways = []func(i int){
	func(i int) { // a variable, over many calls
		b := newBox(i)
		for range 20 {
			litter(i)
		}
		done(i)
		use(b)
	},
	func(i int) { // arguments, and a stack that grows
		b := newBox(i)
		c := make(chan struct{})
		go func() { deep(i, 300, b); close(c) }()
		<-c
		done(i)
		use(b)
	},
	func(i int) { // a stack object
		p := pair{n: i, b: newBox(i)}
		holdPair(&p)
		done(i)
		use(p.b)
	},
	func(i int) { // a channel's buffer, then a send that waits
		b := make(chan *box, 1)
		b <- newBox(i)
		litter(i)
		c := make(chan *box)
		go func() { c <- <-b }()
		runtime.Gosched()
		x := <-c
		done(i)
		use(x)
	},
	func(i int) { // a map, and an interface
		m := map[string]any{}
		for k := range 30 {
			m[strconv.Itoa(k)] = k
		}
		m["box"] = newBox(i)
		litter(i)
		b := m["box"].(*box)
		clear(m)
		done(i)
		use(b)
	},
	func(i int) { // a deferred closure, after a signal's panic
		func() {
			b := newBox(i)
			defer func() {
				recover()
				litter(i)
				done(i)
				use(b)
			}()
			var none *box
			none.mark++
		}()
	},
	func(i int) { // defers in a loop
		func() {
			for k := range 3 {
				if k == 1 {
					b := newBox(i)
					defer func() { litter(i); done(i); use(b) }()
				} else {
					defer litter(i)
				}
			}
			litter(i)
		}()
	},
	func(i int) { // a loop that is preempted
		b := newBox(i)
		n := uintptr(0)
		for k := range 200_000 {
			n += b.mark + uintptr(k)
		}
		done(i)
		use(b)
		runtime.KeepAlive(n)
	},
	func(i int) { // values that are copied
		var a, c [64]*box
		a[17] = newBox(i)
		for range 500 {
			c = a
			a[3] = nil
			a = c
		}
		b := a[17]
		done(i)
		use(b)
	},
	func(i int) { // system calls
		b := newBox(i)
		for range 20 {
			syscall.Getppid()
		}
		time.Sleep(time.Microsecond)
		done(i)
		use(b)
	},
	func(i int) { // a function and a method that reflect calls
		b := newBox(i)
		f := reflect.MakeFunc(reflect.TypeFor[func(int, *box) *box](), func(args []reflect.Value) []reflect.Value {
			litter(i)
			return args[1:]
		}).Interface().(func(int, *box) *box)
		x := f(1, b)
		done(i)
		use(x)
	},
	func(i int) { // a timer
		c := make(chan struct{})
		b := newBox(i)
		time.AfterFunc(time.Microsecond, func() { litter(i); done(i); use(b); close(c) })
		<-c
	},
	func(i int) { // a coroutine
		next, stop := iter.Pull(func(yield func(int) bool) {
			b := newBox(i)
			for k := 0; yield(k); k++ {
				litter(i)
			}
			done(i)
			use(b)
		})
		for range 10 {
			next()
			litter(i)
		}
		stop()
	},
	func(i int) { // defers in the body of a loop over a function
		three := func(yield func(int) bool) {
			for k := range 3 {
				if !yield(k) {
					return
				}
			}
		}
		func() {
			for k := range three {
				if k == 1 {
					b := newBox(i)
					defer func() { litter(i); done(i); use(b) }()
				}
				litter(i)
			}
		}()
	},
	func(i int) { // a pool, and a list behind it
		b := &box{next: newBox(i)}
		pool.Put(b)
		litter(i)
		x := b.next
		pool.Get()
		done(i)
		use(x)
	},
	func(i int) { // a list that grows in slices
		var list []*box
		b := newBox(i)
		for range 200 {
			list = append(list, b)
		}
		b = nil
		litter(i)
		x := list[100]
		list = nil
		done(i)
		use(x)
	},
}

//go:noinline
func holdPair(p *pair) {
	litter(p.n)
	use(p.b)
}

func main() {
	debug.SetGCPercent(10)
	runtime.GOMAXPROCS(4)
	os.Stdout.WriteString("table 0x" + strconv.FormatUint(uint64(uintptr(unsafe.Pointer(&table))), 16) + " " + strconv.Itoa(workers) + "\nready\n")
	for i := range workers {
		go func() {
			for k := i; ; k++ {
				ways[k%len(ways)](i)
			}
		}()
	}
	select {}
}
