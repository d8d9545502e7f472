// Leaks does one step of what its arguments name for each line of its input, and
// answers each when the goroutines that it started have come to their waits.
package main

import (
	"bufio"
	"container/list"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

type session struct {
	name string
	next *session
	data [400]byte
}

type owner struct {
	items  []*session
	byName map[string]*session
	deep   struct{ list *list.List }
	any    any
	none   *owner
	count  int32
	minus  int16
}

var (
	sessions = map[string]*session{}
	history  []*session
	texts    []string
	recent   list.List
	shared   sync.Map
	queue    = make(chan *session, 1<<16)
	hooks    []func()
	head     *session
	own      *owner
	holder   any = &owner{}
	cache        = map[int]*session{}
	ring     [512]*session
	jobs     = make(chan *session)
	lock     guarded
	pieces   [][]byte
	buffers  [][]byte
	names    []string
	sink     []byte
	timers   []*time.Timer
	tickers  []*time.Ticker
	once     sync.Once
	step     int
)

func newSession(i int) *session { return &session{name: fmt.Sprint("session ", step, " ", i)} }

// guarded is no tiny object: those share a block, and are held by each other.
type guarded struct {
	sync.Mutex
	next *guarded
}

const each = 200

type twin struct {
	other *twin
	data  [200]byte
}

func (t *twin) done() {}

//go:noinline
func twins() {
	for range each {
		a := &twin{}
		a.other = &twin{other: a}
		runtime.SetFinalizer(a, (*twin).done)
	}
}

//go:noinline
func finalized(f func(*twin)) {
	for range each {
		runtime.SetFinalizer(&twin{}, f)
	}
}

//go:noinline
func waitFor(c chan int) { fmt.Print(<-c) }

//go:noinline
func lockTwice(m *guarded, then chan int) {
	m.Lock()
	if then != nil {
		close(then)
	}
}

//go:noinline
func work(c chan *session) {
	for s := range c {
		fmt.Println(s)
	}
}

var kinds = map[string]func(){
	"map": func() {
		for i := range each {
			s := newSession(i)
			sessions[s.name] = s
		}
	},
	"slice": func() {
		for i := range each {
			history = append(history, newSession(i))
		}
	},
	"texts": func() {
		for i := range each {
			texts = append(texts, strings.Repeat(fmt.Sprint("text", i), 30))
		}
	},
	"list": func() {
		for i := range each {
			recent.PushBack(newSession(i))
		}
	},
	"sync": func() {
		for i := range each {
			s := newSession(i)
			shared.Store(s.name, s)
		}
	},
	"chan": func() {
		for i := range each {
			queue <- newSession(i)
		}
	},
	"closures": func() {
		for i := range each {
			s := newSession(i)
			hooks = append(hooks, func() { fmt.Println(s.name) })
		}
	},
	"linked": func() {
		for i := range each {
			s := newSession(i)
			s.next, head = head, s
		}
	},
	"field": func() {
		for i := range each {
			own.items = append(own.items, newSession(i))
		}
	},
	"cache": func() {
		for i := range each {
			n := step*each + i
			cache[n] = newSession(i)
			delete(cache, n-500)
		}
	},
	"ring": func() {
		for i := range each {
			ring[(step*each+i)%len(ring)] = newSession(i)
		}
	},
	"garbage": func() {
		for range each {
			sink = make([]byte, 4<<10)
		}
	},
	"blocked": func() {
		for range 5 {
			go waitFor(make(chan int))
		}
	},
	"ring of two": func() {
		a, b := make(chan int), make(chan int)
		go func() { a <- <-b }()
		go func() { b <- <-a }()
	},
	"mutex": func() {
		m, first := &guarded{}, make(chan int)
		go lockTwice(m, first) // it ends, and leaves it locked
		<-first
		go lockTwice(m, nil)
	},
	"group": func() {
		var g sync.WaitGroup
		g.Add(2)
		go func() { g.Done() }()
		go g.Wait()
	},
	"select": func() { go func() { select {} }() },
	"nil": func() {
		var c chan int
		go waitFor(c)
	},
	"pool": func() {
		for range 5 {
			go work(jobs)
		}
	},
	"lock": func() { // of a variable: somebody may unlock it
		if step == 1 {
			lock.Lock()
		}
		go lockTwice(&lock, nil)
	},
	"served": func() { // a timer's goroutine holds the other end
		if step > 1 {
			return
		}
		c := make(chan int)
		go waitFor(c)
		go func() {
			time.Sleep(time.Hour)
			c <- 1
		}()
	},
	"pieces": func() {
		for range 10 {
			b := make([]byte, 64<<10)
			pieces = append(pieces, b[100:110:110])
			names = append(names, string(make([]byte, 64<<10))[10:20])
		}
	},
	"buffers": func() {
		for range 10 {
			buffers = append(buffers, make([]byte, 64<<10)[:0])
		}
	},
	"cycle":     twins,
	"finalizer": func() { finalized((*twin).done) },
	"stuck": func() {
		finalized(func(*twin) { select {} })
		runtime.GC()
		runtime.GC()
	},
	"timers": func() {
		for i := range each {
			s := newSession(i)
			timers = append(timers, time.AfterFunc(time.Hour, func() { fmt.Println(s.name) }))
		}
	},
	"tickers": func() {
		for range each {
			tickers = append(tickers, time.NewTicker(time.Hour))
		}
	},
	"exec": func() {
		if step == 2 {
			syscall.Exec("/bin/sh", []string{"sh", "-c", "echo done; exec cat"}, nil)
		}
	},
	"again": func() {
		if step == 2 {
			fmt.Println("done")
			syscall.Exec("/proc/self/exe", os.Args, nil)
		}
	},
	"exit": func() {
		if step == 2 {
			os.Exit(0)
		}
	},
}

func main() {
	runtime.GOMAXPROCS(1) // then who yields comes back when all others wait
	own = &owner{byName: map[string]*session{}, count: 7, minus: -3}
	own.deep.list, own.any = list.New(), own
	holder.(*owner).count = 9
	for i := range 520 {
		cache[i-520] = newSession(i)
		ring[i%len(ring)] = newSession(i)
	}
	clear(cache)
	for i := range 500 {
		cache[i-500] = newSession(i)
	}
	in := bufio.NewScanner(os.Stdin)
	fmt.Println("ready")
	for in.Scan() {
		step++
		for _, k := range os.Args[1:] {
			kinds[k]()
		}
		for range 50 {
			runtime.Gosched()
		}
		fmt.Println("done")
	}
}
