// Command drawing makes frames without a window, and logs their times.
//
//	drawing steady        a frame every 5 ms, of 0 to 3 ms
//	drawing paced         a frame waits by itself, for a tick every 10 ms
//	drawing late DIR      a frame every 10 ms; each tenth is late, for another reason
//
// It answers each line of its input: "count" with the number of frames so far,
// "frames" with start and end of each in nanoseconds, and a line with a dot.
package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// pause is how long a late frame is kept.
const pause = 45 * time.Millisecond

type frame struct{ start, end time.Duration }

type window struct {
	n     int
	short func()   // what a frame does
	long  []func() // what each tenth does, in turn
	began time.Time
	log   [1 << 17]frame
	drawn atomic.Int64
	lock  sync.Mutex
	asks  chan struct{}
	asked *os.File // answers come a while after what is written here
	reply *os.File
}

func main() {
	runtime.LockOSThread()
	w := &window{began: time.Now(), short: spin, asks: make(chan struct{})}
	tick := 5 * time.Millisecond
	if os.Args[1] == "paced" {
		tick = time.Millisecond
		pace := time.Tick(10 * time.Millisecond)
		w.short = func() { <-pace }
	}
	if os.Args[1] == "late" {
		tick = 10 * time.Millisecond
		w.short, w.long = func() {}, []func(){w.compute, w.sleep, w.waitForLock, w.read}
		go w.neighbour()
		w.device(os.Args[2])
	}
	go w.answer()
	fmt.Println("ready")
	w.run(time.Tick(tick))
}

func (w *window) run(ticks <-chan time.Time) {
	for {
		<-ticks
		start := time.Since(w.began)
		w.draw()
		end := time.Since(w.began)
		if n := w.drawn.Load(); int(n) < len(w.log) {
			w.log[n] = frame{start, end}
			w.drawn.Store(n + 1)
		}
	}
}

//go:noinline
func (w *window) draw() {
	w.n++
	if len(w.long) > 0 && w.n%10 == 0 {
		w.long[w.n/10%len(w.long)]()
		return
	}
	w.short()
}

func spin() { spinFor(rand.N(3 * time.Millisecond)) }

//go:noinline
func spinFor(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}

//go:noinline
func (w *window) compute() {
	for end := time.Now().Add(pause); time.Now().Before(end); { // late: user
	}
}

//go:noinline
func (w *window) sleep() {
	time.Sleep(pause) // late: sleep
}

//go:noinline
func (w *window) waitForLock() {
	w.asks <- struct{}{}
	<-w.asks
	w.lock.Lock() // late: lock
	w.lock.Unlock()
}

// neighbour keeps the lock for a while when it is asked to.
func (w *window) neighbour() {
	for range w.asks {
		w.lock.Lock()
		w.asks <- struct{}{}
		time.Sleep(pause)
		w.lock.Unlock()
	}
}

//go:noinline
func (w *window) read() {
	var b [1]byte
	w.asked.Write(b[:])
	w.reply.Read(b[:]) // late: disk
}

// device answers after a while, like a disk that has to spin up.
func (w *window) device(dir string) {
	open := func(name string) *os.File {
		path := filepath.Join(dir, name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			panic(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			panic(err)
		}
		return f
	}
	w.asked, w.reply = open("asked"), open("reply")
	go func() {
		var b [1]byte
		for {
			if _, err := w.asked.Read(b[:]); err != nil {
				return
			}
			time.Sleep(pause)
			w.reply.Write(b[:])
		}
	}()
}

func (w *window) answer() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		n := w.drawn.Load()
		if lines.Text() == "count" {
			fmt.Println(n)
			continue
		}
		out := bufio.NewWriter(os.Stdout)
		for _, f := range w.log[:n] {
			fmt.Fprintln(out, int64(f.start), int64(f.end))
		}
		fmt.Fprintln(out, ".")
		out.Flush()
	}
	os.Exit(0)
}
