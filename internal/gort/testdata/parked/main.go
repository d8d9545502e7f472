// Parked brings goroutines into every state in which one can stay, prints the
// objects that they wait for, says that all stand still, and waits for the end
// of its input. SIGQUIT makes the runtime itself say where they are.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// want is the state in which each goroutine will stay.
var want sync.Map // goroutine id → state in the runtime's words

func goid() int {
	b := make([]byte, 64)
	b = b[:runtime.Stack(b, false)]
	id, _ := strconv.Atoi(strings.Fields(string(b))[1])
	return id
}

// park notes the state that the caller is about to enter, and the object that it
// will wait for: nil for none.
func park(state, kind string, object any) {
	id := goid()
	if object != nil {
		fmt.Printf("object %d %s %p\n", id, kind, object)
	}
	want.Store(id, state)
}

type box struct {
	pad [3]int
	mu  sync.Mutex
	rw  sync.RWMutex
	rd  sync.RWMutex
}

var (
	b        = &box{}
	global   sync.Mutex
	cond     = sync.NewCond(&sync.Mutex{})
	group    = &sync.WaitGroup{}
	once     = &sync.Once{}
	never    = make(chan int)
	full     = make(chan string, 2)
	nilChan  chan int
	other    = make(chan bool)
	inOnce   = make(chan bool)
	captured = make(chan struct{})
	funcs    = make(chan func())
	jobs     = make(chan *job)
)

//go:noinline
func mutex() { park("sync.Mutex.Lock", "mutex", &b.mu); b.mu.Lock() }

//go:noinline
func globalMutex() { park("sync.Mutex.Lock", "mutex", &global); global.Lock() }

//go:noinline
func rwWriter() { park("sync.RWMutex.Lock", "rwmutex", &b.rw); b.rw.Lock() }

//go:noinline
func rwReader() { park("sync.RWMutex.RLock", "rwmutex", &b.rd); b.rd.RLock() }

//go:noinline
func condWait() { cond.L.Lock(); park("sync.Cond.Wait", "cond", cond); cond.Wait() }

//go:noinline
func groupWait() { park("sync.WaitGroup.Wait", "waitgroup", group); group.Wait() }

func insideOnce() {
	once.Do(func() { close(inOnce); park("chan receive", "chan", never); <-never })
}

func onceWait() { <-inOnce; park("sync.Mutex.Lock", "once", once); once.Do(func() {}) }

//go:noinline
func send() { park("chan send", "chan", full); full <- "x" }

//go:noinline
func receive() { park("chan receive", "chan", other); <-other }

type job struct{ do func() }

func takeFunc() { park("chan receive", "chan", funcs); (<-funcs)() }
func takeJob()  { park("chan receive", "chan", jobs); (<-jobs).do() }

func nilReceive() { park("chan receive (nil chan)", "", nil); <-nilChan }
func nilSend()    { park("chan send (nil chan)", "", nil); nilChan <- 1 }
func noCases()    { park("select (no cases)", "", nil); select {} }

func selecting() {
	id := goid()
	fmt.Printf("object %d chan %p\nobject %d chan %p\n", id, never, id, full)
	want.Store(id, "select")
	select {
	case <-never:
	case full <- "y":
	}
}

func sleeping() { park("sleep", "", nil); time.Sleep(24 * time.Hour) }

func socket(l net.Listener) { park("IO wait", "", nil); l.Accept() }

func pipe(r *os.File) { park("IO wait", "", nil); r.Read(make([]byte, 10)) }

// blocked is in a system call: nobody writes to the FIFO.
func blocked(path string) {
	fd, err := syscall.Open(path, syscall.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	park("syscall", "", nil)
	syscall.Read(fd, make([]byte, 1))
}

//go:noinline
func deep(n int) int {
	if n == 0 {
		park("chan receive", "chan", never)
		return <-never
	}
	return deep(n-1) + n
}

func lockedThread() { runtime.LockOSThread(); park("chan receive", "chan", never); <-never }

func labelled() {
	pprof.Do(context.Background(), pprof.Labels("job", "index", "tenant", "a b"), func(context.Context) {
		fmt.Printf("labels %d\n", goid())
		park("chan receive", "chan", never)
		<-never
	})
}

type pair[K comparable, V any] struct {
	key K
	val V
}

//go:noinline
func (p *pair[K, V]) wait(c chan V) V { park("chan receive", "", nil); return <-c }

func generic[T any](c chan T) { (&pair[string, T]{}).wait(c) }

func (x *box) method(c chan int) { park("chan receive", "chan", c); <-c }

func inlinedOuter(c chan int) { inlinedInner(c) }

func inlinedInner(c chan int) {
	waitOn(c)
}

func waitOn(c chan int) { <-c }

func deferred(c chan int) {
	defer waitOn(c)
	park("chan receive", "chan", c)
}

func deferLoop(c chan int) {
	for i := range 3 {
		defer func() {
			if i == 1 {
				park("chan receive", "chan", c)
				<-c
			}
		}()
	}
}

func recovering(c chan int) {
	defer func() {
		fmt.Fprintln(io.Discard, recover())
		park("chan receive", "chan", c)
		<-c
	}()
	panic("known")
}

func panicking(c chan int) {
	defer func() {
		park("chan receive", "chan", c)
		<-c
	}()
	var m map[string]int
	m["a"] = 1
}

func faulting(p *box) {
	defer func() {
		park("chan receive", "chan", never)
		<-never
	}()
	p.pad[1]++
}

//go:noinline
func finalizer() {
	x := &pair[string, []byte]{val: make([]byte, 100)}
	runtime.SetFinalizer(x, func(*pair[string, []byte]) {
		park("chan receive", "chan", never)
		<-never
	})
}

var extra []func() // what the cgo file adds

func main() {
	dir, err := os.MkdirTemp("", "parked")
	check(err)
	defer os.RemoveAll(dir)
	fifo := filepath.Join(dir, "fifo")
	check(syscall.Mkfifo(fifo, 0o600))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	r, w, err := os.Pipe()
	check(err)

	b.mu.Lock()
	global.Lock()
	b.rw.RLock()
	b.rd.Lock()
	group.Add(1)
	full <- "a"
	full <- "b"
	c := make(chan int, 1)
	starts := []func(){
		mutex, globalMutex, rwWriter, rwReader, condWait, groupWait, insideOnce, onceWait, send,
		receive, takeFunc, takeJob, nilReceive, nilSend, noCases, selecting, sleeping, lockedThread, labelled,
		func() { socket(l) }, func() { pipe(r) }, func() { blocked(fifo) },
		func() { deep(5000) }, func() { deferred(c) }, func() { deferLoop(c) },
		func() { recovering(c) }, func() { panicking(c) }, func() { faulting(nil) },
		func() { park("chan receive", "chan", c); inlinedOuter(c) },
		func() { generic(make(chan map[string]int)) },
		func() { generic(make(chan int)) },
		func() { park("chan receive", "chan", captured); <-captured },
	}
	starts = append(starts, extra...)
	for _, f := range starts {
		go f()
	}
	method := b.method
	go method(c)
	go b.method(c)
	finalizer()
	n := len(starts) + 2 + 1
	for last := ""; ; time.Sleep(5 * time.Millisecond) {
		runtime.GC()
		dump := stable(n)
		if dump != "" && dump == last {
			fmt.Println("ready")
			break
		}
		last = dump
	}
	check(os.RemoveAll(dir))
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(l)
	runtime.KeepAlive(r)
	runtime.KeepAlive(w)
}

// stable returns the runtime's dump without this goroutine's own part, if all n
// goroutines are where they said they would be.
func stable(n int) string {
	buf := make([]byte, 4<<20)
	buf = buf[:runtime.Stack(buf, true)]
	parts := bytes.Split(bytes.TrimSpace(buf), []byte("\n\n"))
	state := map[int]string{}
	for _, p := range parts {
		head, _, _ := strings.Cut(string(p), "\n")
		f := strings.Fields(head)
		id, _ := strconv.Atoi(f[1])
		s := head[strings.IndexByte(head, '[')+1:]
		state[id], _, _ = strings.Cut(s[:strings.LastIndexByte(s, ']')], ",")
	}
	ok := true
	want.Range(func(id, s any) bool {
		n--
		ok = ok && state[id.(int)] == s
		return true
	})
	if !ok || n != 0 {
		return ""
	}
	return string(bytes.Join(parts[1:], []byte("\n\n")))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
