// Command cases is a page's program that falls ill in the way that the page's address
// asks for, or does not; with ",vast" behind that its memory is large.
package main

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"sync"
	"syscall/js"
	"time"
)

var cases = map[string]func(){
	"private":   private,
	"worker":    workerGone,
	"global":    globalChannel,
	"locks":     locks,
	"self":      self,
	"group":     group,
	"callback":  callbackBlocks,
	"asleep":    callbackAsleep,
	"sleeps":    callbackSleeps,
	"holder":    callbackNeedsLock,
	"busy":      callbackComputes,
	"busymain":  mainComputes,
	"line":      onLine,
	"twolocks":  callbackTwoLocks,
	"many":      many,
	"static":    static,
	"select":    selectOnly,
	"listening": listening,
	"clock":     clock,
	"fetching":  fetching,
	"pool":      pool,
	"lateload":  lateLoad,
	"returns":   func() { draw("done") },
}

func main() {
	name := strings.TrimPrefix(js.Global().Get("location").Get("search").String(), "?")
	name, vast, _ := strings.Cut(name, ",")
	if vast != "" {
		picture = bytes.Repeat([]byte{1}, 64<<20)
	}
	run, ok := cases[name]
	if !ok {
		panic("no case " + name)
	}
	run()
}

// picture makes the memory so large that it is not copied at once.
var picture []byte

func draw(s string) {
	js.Global().Get("document").Get("body").Set("textContent", s)
}

func later(d time.Duration, f func()) {
	js.Global().Call("setTimeout", js.FuncOf(func(js.Value, []js.Value) any { f(); return nil }), d.Milliseconds())
}

// Sick.

func private() {
	ready := make(chan struct{})
	<-ready // private
}

func workerGone() {
	draw("loading")
	results, jobs := make(chan int), make(chan int)
	go work(jobs, results)
	draw(strconv.Itoa(<-results)) // worker
}

func work(jobs, results chan int) {
	n := <-jobs // work
	results <- n
}

var configured = make(chan struct{})

func globalChannel() {
	draw("loading")
	<-configured // global
}

type account struct {
	mu      sync.Mutex
	balance int
}

func locks() {
	a, b := &account{}, &account{}
	later(time.Millisecond, func() {})
	held := make(chan struct{})
	go transfer(b, a, held)
	a.mu.Lock()
	<-held
	b.mu.Lock() // locks
	b.balance++
	b.mu.Unlock()
	a.mu.Unlock()
}

func transfer(from, to *account, held chan struct{}) {
	from.mu.Lock()
	close(held)
	time.Sleep(time.Millisecond)
	to.mu.Lock() // transfer
	to.balance++
	to.mu.Unlock()
	from.mu.Unlock()
}

func self() {
	a := &account{}
	draw("…")
	a.mu.Lock()
	a.add() // self
	a.mu.Unlock()
}

//go:noinline
func (a *account) add() {
	a.mu.Lock() // add
	a.balance++
	a.mu.Unlock()
}

func group() {
	var wg sync.WaitGroup
	wg.Add(2)
	go func() { defer wg.Done() }()
	go waitsFor(make(chan int), &wg)
	wg.Wait() // group
	draw("done")
	select {}
}

func waitsFor(c chan int, wg *sync.WaitGroup) {
	<-c // waitsFor
	wg.Done()
}

func heartbeat() {
	for {
		time.Sleep(50 * time.Millisecond)
	}
}

func callbackBlocks() {
	go heartbeat()
	later(10*time.Millisecond, onClick)
	select {}
}

func onClick() {
	answer := make(chan int)
	draw(strconv.Itoa(<-answer)) // onClick
}

func callbackAsleep() {
	later(10*time.Millisecond, onClick)
	select {}
}

func callbackSleeps() {
	later(10*time.Millisecond, onRetry)
	select {}
}

func onRetry() {
	for range 100 {
		time.Sleep(time.Second) // onRetry
	}
}

var shared account

func callbackNeedsLock() {
	go holdLong()
	later(50*time.Millisecond, onSave)
	select {}
}

func holdLong() {
	shared.mu.Lock()
	time.Sleep(time.Hour) // holdLong
	shared.mu.Unlock()
}

func onSave() {
	shared.mu.Lock() // onSave
	shared.balance++
	shared.mu.Unlock()
}

var first, second account

func callbackTwoLocks() {
	go keepFirst()
	go keepSecond()
	later(50*time.Millisecond, onOther)
	select {}
}

func keepFirst() {
	first.mu.Lock()
	time.Sleep(time.Hour)
	first.mu.Unlock()
}

func keepSecond() {
	second.mu.Lock()
	time.Sleep(time.Hour) // keepSecond
	second.mu.Unlock()
}

func onOther() {
	second.mu.Lock() // onOther
	second.balance++
	second.mu.Unlock()
}

var sum float64

func callbackComputes() {
	later(10*time.Millisecond, func() { onLayout(1) })
	select {}
}

//go:noinline
func onLayout(n float64) {
	for n > 0 {
		sum += crunch(n) // onLayout
	}
}

//go:noinline
func crunch(n float64) float64 {
	s := 0.0
	for i := range 1000 {
		s += n / float64(i+1)
	}
	return s
}

func mainComputes() { onLayout(2) }

// onLine computes in its last lines. The function table has lines where a call can be
// gone on from, and none of these: the nearest before them is meant.
func onLine() {
	total := 1.0
	for i := range 100 {
		total += float64(i)
	}
	draw(strconv.FormatFloat(total, 'g', 3, 64))
	for i := range 100 { // line
		total -= float64(i)
	}
	for {
		total = math.Sqrt(total + 1)
	}
}

func many() {
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			pass(gate, i)
		}()
	}
	wg.Wait() // many
}

//go:noinline
func pass(gate chan struct{}, i int) {
	<-gate // pass
	sum += float64(i)
}

// Healthy.

func static() {
	draw("a page without any callback")
	<-make(chan struct{})
}

func selectOnly() { select {} }

func listening() {
	js.Global().Set("add", js.FuncOf(func(_ js.Value, args []js.Value) any { return args[0].Int() + 1 }))
	<-make(chan bool)
}

func clock() {
	for t := range time.Tick(20 * time.Millisecond) {
		draw(t.String())
	}
}

func fetching() {
	got := make(chan int)
	then := js.FuncOf(func(_ js.Value, args []js.Value) any {
		got <- args[0].Get("status").Int()
		return nil
	})
	js.Global().Call("fetch", "/slow").Call("then", then)
	draw(strconv.Itoa(<-got))
	select {}
}

func pool() {
	jobs := make(chan int)
	for range 4 {
		go func() {
			for j := range jobs {
				sum += float64(j)
			}
		}()
	}
	draw("ready")
	js.Global().Set("enqueue", js.FuncOf(func(_ js.Value, args []js.Value) any {
		go func() { jobs <- args[0].Int() }()
		return nil
	}))
	select {}
}

// lateLoad computes for a while when it starts, as unpacking does.
func lateLoad() {
	for end := time.Now().Add(1500 * time.Millisecond); time.Now().Before(end); {
		sum += crunch(3)
	}
	draw("loaded")
	js.Global().Set("add", js.FuncOf(func(_ js.Value, args []js.Value) any { return args[0].Int() + 1 }))
	select {}
}
