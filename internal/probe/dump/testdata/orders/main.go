// Orders stands in every kind of wait at once, so that its dump shows each. The
// dumps beside it were made with it: GOTRACEBACK=LEVEL orders, then SIGQUIT; and
// orders profile, orders panic.
package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"
)

type Store struct {
	name string
	mu   sync.Mutex
	rw   sync.RWMutex
	wg   sync.WaitGroup
	once sync.Once
	cond *sync.Cond
	n    int
}

//go:noinline
func (s *Store) Sync(c net.Conn, ready *sync.WaitGroup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ready.Done()
	var b [1]byte
	c.Read(b[:])
	s.n++
}

//go:noinline
func (s *Store) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

//go:noinline
func (s *Store) Rename(c chan string, ready *sync.WaitGroup) {
	s.rw.Lock()
	defer s.rw.Unlock()
	ready.Done()
	s.name = <-c
}

//go:noinline
func (s *Store) Name() string {
	s.rw.RLock()
	defer s.rw.RUnlock()
	return s.name
}

//go:noinline
func (s *Store) Set(n string) {
	s.rw.Lock()
	s.name = n
	s.rw.Unlock()
}

//go:noinline
func (s *Store) Wait() { s.wg.Wait() }

//go:noinline
func (s *Store) Init() { s.once.Do(func() { time.Sleep(time.Hour) }) }

//go:noinline
func Recv[T any](c chan T) T { return <-c }

// server is kept: a connection that is collected is closed.
var server net.Conn

type pair struct{ a, b *Store }

//go:noinline
func (p pair) both(n int) { p.a.Wait(); fmt.Println(n) }

//go:noinline
func deep(n int) int {
	if n == 0 {
		select {}
	}
	return deep(n-1) + 1
}

//go:noinline
func spin() {
	for {
	}
}

// settle returns when every goroutine stands where it will stay.
func settle() {
	for {
		var b bytes.Buffer
		pprof.Lookup("goroutine").WriteTo(&b, 2)
		all := true
		for _, s := range []string{"[IO wait", "[sync.RWMutex.RLock", "[sync.WaitGroup.Wait", "[sync.Cond.Wait",
			"[chan send", "main.Recv", "(nil chan)", "[select (no cases)", "Store).Set", "Store).Count", "Nanosleep", "func7.1", "doSlow"} {
			all = all && bytes.Contains(b.Bytes(), []byte(s))
		}
		if all && bytes.Count(b.Bytes(), []byte("sync.(*Once).doSlow")) == 2 {
			return
		}
		runtime.Gosched()
	}
}

func main() {
	s := &Store{}
	s.cond = sync.NewCond(&sync.Mutex{})
	s.wg.Add(1)
	var ready sync.WaitGroup
	ready.Add(2)
	ln, _ := net.Listen("tcp", "127.0.0.1:0")
	go func() { server, _ = ln.Accept() }()
	cc, _ := net.Dial("tcp", ln.Addr().String())
	go s.Sync(cc, &ready)
	go s.Rename(make(chan string), &ready)
	ready.Wait()
	go s.Name()
	go s.Set("x")
	go s.Wait()
	go pair{s, s}.both(3)
	go s.Init()
	go func() { time.Sleep(50 * time.Millisecond); s.Init() }()
	go Recv(make(chan int))
	go func() { var c chan int; <-c }()
	go func() { c := make(chan int); c <- 1 }()
	go func() { s.cond.L.Lock(); s.cond.Wait() }()
	go deep(120)
	go spin()
	f := s.Count
	go f()
	go func() {
		runtime.LockOSThread()
		var ts syscall.Timespec
		ts.Sec = 3600
		for {
			syscall.Nanosleep(&ts, nil)
		}
	}()
	pprof.Do(context.Background(), pprof.Labels("window", "orders list", "k", "v"), func(ctx context.Context) {
		go func() { time.Sleep(time.Hour) }()
	})
	settle()
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "profile":
			pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
		case "stack":
			debug.PrintStack()
		case "panic":
			var m map[string]int
			m["x"] = 1
		}
		return
	}
	fmt.Println("ready")
	s.Count()
}
