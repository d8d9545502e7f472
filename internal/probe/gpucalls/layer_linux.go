package gpucalls

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/bpf"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/layer"
	"github.com/gomedic/gomedic/internal/proc"
)

// Layer is a Vulkan layer that a program is started with: the program's calls of Vulkan
// are seen from its first one on, and without the right to set probes. Until a watch
// begins it keeps the books of the device's memory.
type Layer struct {
	dir    string
	cancel context.CancelFunc
	wait   sync.WaitGroup

	pid int

	mu     sync.Mutex       // guards what follows, until the following ends
	from   int64            // CLOCK_MONOTONIC
	watch  func(*bpf.Event) // takes calls that begin from then on; nil: nobody does
	reader *layer.Reader    // nil: it is not in the program yet
	exe    string           // of which layout is
	layout gort.CgoLayout   // all 0: its runtime does not tell
	tried  time.Time        // to find the layout, last
	told   bool             // the layer knows it
	memory *allocations
	stacks map[uint64]bpf.Stack
	used   map[string]int // functions by Vulkan's names, -1: not watched
}

// NewLayer writes the layer into a private folder; Close removes it.
func NewLayer() (*Layer, error) {
	dir, err := os.MkdirTemp("", "gomedic-vulkan-")
	if err != nil {
		return nil, err
	}
	if err := layer.Write(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &Layer{dir: dir, memory: newAllocations(), stacks: map[uint64]bpf.Stack{}, used: map[string]int{}}, nil
}

// Env is an environment that has the program load the layer.
func (l *Layer) Env(env []string) []string { return layer.Env(env, l.dir) }

// How often a program that was started is looked at: until its Vulkan is there, which
// takes a moment, or may never be; and then until the watch ends; and how often Go's
// runtime is looked for in it.
const (
	followStart = 5 * time.Millisecond
	followLater = 50 * time.Millisecond
	followOn    = 20 * time.Millisecond
	startLasts  = 2 * time.Second
	layoutAgain = 20 * time.Millisecond
)

// Follow begins to read what the layer notes in the program that was started, and goes on
// beside the watch, which may be busy. It has to be called once, before the watch.
func (l *Layer) Follow(pid int) {
	ctx, cancel := context.WithCancel(context.Background())
	l.pid, l.cancel = pid, cancel
	l.wait.Go(func() {
		began := time.Now()
		for ctx.Err() == nil {
			l.mu.Lock()
			l.look()
			l.poll()
			l.mu.Unlock()
			every := followOn
			switch {
			case l.told:
			case time.Since(began) < startLasts:
				every = followStart
			case l.reader == nil:
				every = followLater
			}
			select {
			case <-ctx.Done():
			case <-time.After(every):
			}
		}
	})
}

// begin has watch called, from a goroutine of the layer's, for the calls that begin with
// the gathering or later. It gives the gathering the books of the device's memory, which
// the layer goes on to keep of calls before.
func (l *Layer) begin(g *gathering, watch func(*bpf.Event)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g.memory = l.memory
	l.from, l.watch = g.base, watch
}

// end ends the following, when all that was noted is read.
func (l *Layer) end() {
	if l == nil || l.cancel == nil {
		return
	}
	l.cancel()
	l.wait.Wait()
	if l.watch != nil {
		l.poll()
		l.watch = nil
	}
}

// there: the program's Vulkan has taken the layer. It does so with the instance, before
// there is a device: so it sees all calls of every device.
func (l *Layer) there() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reader != nil
}

// look finds the layer in the program, and tells it where Go's stacks are. Go's runtime
// is looked for before the layer is there: then nothing is noted without its line.
func (l *Layer) look() {
	if l.told {
		return
	}
	p, err := proc.Open(l.pid)
	if err != nil {
		return
	}
	l.find(p)
	if l.exe != p.Exe && time.Since(l.tried) >= layoutAgain { // it may be a shell that goes over to the program
		l.tried = time.Now()
		if c, ok := layoutOf(l.pid); ok {
			l.exe, l.layout = p.Exe, c
		}
	}
	if l.reader != nil && l.exe == p.Exe {
		l.told = l.reader.SetLayout(l.layout) == nil
	}
}

func (l *Layer) find(p *proc.Process) {
	if l.reader != nil {
		return
	}
	if r, err := layer.Find(p); err == nil {
		l.reader = r
	}
}

// seek looks for the layer in the program now: the following may be behind, on a busy
// machine.
func (l *Layer) seek() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if p, err := proc.Open(l.pid); err == nil {
		l.find(p)
	}
}

// layoutOf finds where the threads of a program keep their goroutines, once its runtime
// has begun; ok: there is no need to ask again.
func layoutOf(pid int) (c gort.CgoLayout, ok bool) {
	a, err := attach.Process(pid)
	if err != nil {
		return c, false
	}
	defer a.Close()
	if !a.Program.NotesCgo() {
		return c, true
	}
	maps, err := a.Process.Mappings()
	if err != nil {
		return c, false
	}
	c = a.Program.CgoLayout(a.Process, threadBlocks(a.Process, maps))
	return c, c.TLSG != 0
}

// about is what is known of the device, once the following has ended; ok: the program has
// made one through the layer.
func (l *Layer) about() (about layer.About, ok bool) {
	if l == nil || l.reader == nil {
		return layer.About{}, false
	}
	about, err := l.reader.About()
	return about, err == nil && about.Devices > 0
}

// poll takes each call that was noted, and keeps its stack. A program that can be read no
// longer has ended, or is another one by now.
func (l *Layer) poll() {
	if l.reader == nil {
		return
	}
	var e bpf.Event
	err := l.reader.Poll(func(r *layer.Record) {
		fn, ok := l.used[r.Func]
		if !ok {
			fn = numberOf(r.Func)
			l.used[r.Func] = fn
		}
		if fn < 0 {
			return
		}
		e = bpf.Event{Start: r.Start, End: r.End, CPU: r.CPU, Stack: l.keep(r), GoID: r.GoID, Args: [3]uint64{r.Queue, 0, r.Size},
			Result: uint64(uint32(r.Result)), TID: r.TID, Func: uint8(fn), Names: e.Names[:0]}
		if r.Object != 0 {
			e.Names = append(e.Names, r.Object)
		}
		switch f := &functions[fn]; {
		case l.watch != nil && e.Start >= l.from:
			l.watch(&e)
		case f.object == deviceMemory:
			l.memory.event(f, &e)
		}
	})
	if err != nil {
		l.reader, l.told, l.memory = nil, false, newAllocations()
	}
}

// numberOf is a function's place in the table, -1: it has none. One of an extension that
// has become a part of Vulkan is that part.
func numberOf(name string) int {
	core := strings.TrimSuffix(name, "KHR")
	at := -1
	for i := range functions {
		if functions[i].name == name {
			return i
		}
		if functions[i].name == core {
			at = i
		}
	}
	return at
}

// keep keeps the stack of a record, and returns its key.
func (l *Layer) keep(r *layer.Record) uint64 {
	key := uint64(1)
	for _, pc := range r.Go {
		key = mixed(key, pc)
	}
	if len(r.Go) == 0 {
		key = mixed(key, r.Caller)
	}
	if _, ok := l.stacks[key]; !ok && len(l.stacks) < mostDistinct {
		l.stacks[key] = bpf.Stack{Go: append([]uint64(nil), r.Go...), Caller: r.Caller}
	}
	return key
}

// mixed is as bpf.h mixes words into a key.
func mixed(h, v uint64) uint64 {
	h = (h ^ v) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// lost is how many calls were not noted.
func (l *Layer) lost() uint64 {
	if l == nil || l.reader == nil {
		return 0
	}
	return l.reader.Lost()
}

// Close removes the layer's files, and has the layer in the program note nothing more.
func (l *Layer) Close() error {
	l.end()
	if l.reader != nil {
		_ = l.reader.End() // a program that has ended needs no end
	}
	return os.RemoveAll(l.dir)
}

// names notes by what names the device and its driver go, and how the program shows its
// pictures.
func names(ev *evidence.GPUCalls, about *layer.About) {
	ev.Layer = true
	ev.Renderer = about.Device
	ev.Version = cmp.Or(strings.TrimSpace(about.DriverName+" "+about.DriverDetail), packed(about.Vendor, about.Driver))
	ev.DeviceMemory = about.Local
	const cpu = 4 // VK_PHYSICAL_DEVICE_TYPE_CPU
	if about.Type == cpu && ev.Software == "" {
		ev.Software = cmp.Or(about.DriverName, about.Device)
	}
	// VkPresentModeKHR, and what it is as a swap interval: of immediate and mailbox, none
	// is waited for.
	modes := []struct {
		name     string
		interval int
	}{{"immediate", 0}, {"mailbox", 0}, {"fifo", 1}, {"fifo-relaxed", 1}}
	if about.Present >= 0 && about.Present < len(modes) {
		ev.Present = modes[about.Present].name
		if ev.Interval < 0 {
			ev.Interval = modes[about.Present].interval
		}
	}
}

// packed is a driver's version as its maker packs it into 32 bits; empty: none.
func packed(vendor, v uint32) string {
	const nvidia = 0x10de
	switch {
	case v == 0:
		return ""
	case vendor == nvidia:
		return fmt.Sprintf("%d.%d.%d", v>>22, v>>14&0xff, v>>6&0xff)
	}
	return fmt.Sprintf("%d.%d.%d", v>>22, v>>12&0x3ff, v&0xfff) // VK_MAKE_VERSION
}
