// Command target is the program that looks at heaps are measured on: it holds a
// given number of live objects, draws a pretended frame 60 times a second, and
// knows by itself how late it was.
//
//	target N [GROW]    N objects; GROW more at each frame, kept by a slice
//
// It prints one line of JSON when all objects stand, and one for each line on its
// standard input: for "report" the frames since the last one, for "dump FILE" the
// time that debug.WriteHeapDump took. It ends with its standard input.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The objects: of each order there are the order, its customer, the array of its
// lines, four lines, its note, its document, and a map's header and group: 11
// objects of about 2,200 bytes.
const perOrder = 11

type order struct {
	id       int64
	customer *customer
	lines    []*line
	tags     map[string]int
	note     string
	document []byte
	related  *order // an earlier one
	total    float64
}

type customer struct {
	name, city, street string
	since              time.Time
	last               *order
}

type line struct {
	article string
	of      *order
	price   float64
	count   int
}

// store is what the program lives on.
type store struct {
	mu     sync.Mutex
	shards map[int64][]*order
	n      int64
	fresh  []*entry // grows for ever
}

type entry struct {
	key  string
	text []byte
}

var orders = store{shards: map[int64][]*order{}}

var words = []string{"open", "paid", "sent", "back", "held", "late"}

func (s *store) add() {
	o := &order{id: s.n, document: make([]byte, 1100)}
	for i := range o.document { // else its memory would not be resident
		o.document[i] = byte(s.n)
	}
	o.customer = &customer{name: words[s.n%6], city: words[s.n%5], street: words[s.n%4], since: time.Unix(s.n, 0), last: o}
	for i := range 4 {
		o.lines = append(slices.Grow(o.lines, 4), &line{article: words[i], of: o, price: float64(i), count: i})
	}
	o.tags = map[string]int{words[s.n%6]: 1, words[(s.n+1)%6]: 2}
	o.note = strings.Repeat(words[s.n%6], 128)
	shard := s.n >> 12
	if s.n > 0 {
		before := rand.Int64N(s.n)
		o.related = s.shards[before>>12][before&4095]
	}
	s.shards[shard] = append(s.shards[shard], o)
	s.n++
}

// frame touches what a frame of a program would: some objects are read, some
// written.
func (s *store) frame(grow int) (sum float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range 400 {
		n := rand.Int64N(s.n)
		o := s.shards[n>>12][n&4095]
		for _, l := range o.lines {
			sum += l.price * float64(l.count)
		}
		o.total = sum
	}
	for range grow {
		s.fresh = append(s.fresh, &entry{key: strconv.Itoa(len(s.fresh)), text: []byte(strings.Repeat("new ", 50))})
	}
	return sum
}

// clock is what the program knows of its own lateness.
type clock struct {
	mu      sync.Mutex
	frames  []time.Duration // from the moment that each was due to its end
	longest time.Duration   // between two beats
}

const (
	frameTime = time.Second / 60
	beatTime  = 500 * time.Microsecond
)

// draw draws frames at their times; one that is missed altogether is drawn late,
// and those behind it at once, as the user would wait for them.
func (c *clock) draw(grow int) {
	runtime.LockOSThread()
	for due := time.Now(); ; due = due.Add(frameTime) {
		time.Sleep(time.Until(due))
		orders.frame(grow)
		took := time.Since(due)
		c.mu.Lock()
		c.frames = append(c.frames, took)
		c.mu.Unlock()
		if took > time.Minute {
			due = time.Now()
		}
	}
}

// beat finds how long the program stood at most.
func (c *clock) beat() {
	runtime.LockOSThread()
	for last := time.Now(); ; {
		time.Sleep(beatTime)
		now := time.Now()
		c.mu.Lock()
		c.longest = max(c.longest, now.Sub(last))
		c.mu.Unlock()
		last = now
	}
}

// report is the frames since the last one; times are microseconds.
func (c *clock) report() map[string]any {
	c.mu.Lock()
	frames, longest := c.frames, c.longest
	c.frames, c.longest = nil, 0
	c.mu.Unlock()
	slices.Sort(frames)
	at := func(share float64) int64 {
		if len(frames) == 0 {
			return 0
		}
		return frames[min(int(share*float64(len(frames))), len(frames)-1)].Microseconds()
	}
	return map[string]any{"frames": len(frames), "p50": at(0.5), "p99": at(0.99), "longest_gap": longest.Microseconds()}
}

// dump writes the runtime's own dump of the heap.
func dump(path string) (map[string]any, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	start := time.Now()
	debug.WriteHeapDump(f.Fd())
	took := time.Since(start)
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return map[string]any{"took": took.Microseconds(), "bytes": st.Size()}, nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "target:", err)
		os.Exit(2)
	}
}

func run() error {
	var n, grow int
	var err error
	if len(os.Args) < 2 || len(os.Args) > 3 {
		return fmt.Errorf("usage: target N [GROW]")
	}
	if n, err = strconv.Atoi(os.Args[1]); err != nil || n < perOrder || n > 1e9 {
		return fmt.Errorf("how many objects?")
	}
	if len(os.Args) == 3 {
		if grow, err = strconv.Atoi(os.Args[2]); err != nil || grow < 0 || grow > 1e6 {
			return fmt.Errorf("how many more at each frame?")
		}
	}
	for range n / perOrder {
		orders.add()
	}
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	out := json.NewEncoder(os.Stdout)
	c := &clock{}
	go c.beat()
	go c.draw(grow)
	if err := out.Encode(map[string]any{"objects": m.HeapObjects, "bytes": m.HeapAlloc}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		what, path, _ := strings.Cut(lines.Text(), " ")
		answer := c.report()
		if what == "dump" {
			if answer, err = dump(path); err != nil {
				return err
			}
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
	return nil
}
