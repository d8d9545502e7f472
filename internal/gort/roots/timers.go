package roots

import (
	"github.com/gomedic/gomedic/internal/gort"
)

const maxTimers = 1 << 24

// TimerInfo is a timer that a processor is to run.
type TimerInfo struct {
	Addr   uint64 // of its runtime.timer, which may be part of a larger object
	When   int64  // CLOCK_MONOTONIC, nanoseconds
	Period int64  // nanoseconds, 0: it runs once
	// FuncPC is the function that the runtime calls with Arg; Func is its name.
	FuncPC uint64
	Func   string
	// Runs is the function in which the program is told: that of time.AfterFunc, else
	// Func.
	Runs string
	// Arg is the pointer that it is called with: a channel for time.NewTimer and
	// time.NewTicker, a closure for time.AfterFunc, a goroutine for time.Sleep.
	Arg     uint64
	ArgType uint64 // of its runtime type, 0: none
	Channel bool   // Arg is a channel
	Slot    uint64 // of the word in the processor's heap that holds Addr
}

// Timers returns the timers that processors are to run. A timer whose channel nobody
// waits on is not among them since Go 1.23: it is held like any object.
func Timers(p *gort.Program) []TimerInfo {
	return newReader(p, Options{}, func(Root) {}).readTimers()
}

// timers takes the timers as roots, by their functions' names. The processors'
// own structures hold them, too, but do not tell what they are.
func (r *reader) timers() {
	arg, ok := r.offset("runtime.timer", "arg")
	for _, t := range r.readTimers() {
		r.emit(Root{Kind: Timer, Slot: t.Slot, Value: t.Addr, Frame: -1, Name: t.Runs, Precise: true})
		// The timers of network deadlines lie outside of the heap.
		if _, heap := r.p.FindObject(t.Addr); !heap && ok {
			r.emit(Root{Kind: Timer, Slot: t.Addr + arg + 8, Value: t.Arg, Frame: -1, Name: t.Runs, Precise: true})
		}
	}
}

func (r *reader) readTimers() []TimerInfo {
	heap, ok1 := r.offset("runtime.p", "timers.heap")
	when := r.size("runtime.timerWhen")
	at, ok2 := r.offset("runtime.timerWhen", "timer")
	o, ok3 := r.offsets("runtime.timer", "when", "period", "f", "arg", "isChan")
	if !ok1 || !ok2 || !ok3 || when == 0 {
		return nil
	}
	var out []TimerInfo
	for _, p := range r.p.Ps() {
		h := r.mem.bytes(p+heap, 16)
		if h == nil {
			continue
		}
		list, n := le64(h), le64(h[8:])
		if n > maxTimers-uint64(len(out)) {
			r.stats.Unread++
			continue
		}
		for i := range n {
			slot := list + i*when + at
			addr, ok := r.mem.word(slot)
			if !ok {
				r.stats.Unread++
				break
			}
			if addr == 0 {
				continue
			}
			t := TimerInfo{Addr: addr, Slot: slot}
			w, ok1 := r.mem.word(addr + o[0])
			period, ok2 := r.mem.word(addr + o[1])
			f, ok3 := r.mem.word(addr + o[2])
			e := r.mem.bytes(addr+o[3], 16)
			c := r.mem.bytes(addr+o[4], 1)
			if !ok1 || !ok2 || !ok3 || e == nil || c == nil {
				continue
			}
			t.When, t.Period = int64(w), int64(period)
			t.ArgType, t.Arg, t.Channel = le64(e), le64(e[8:]), c[0] != 0
			if fn, ok := r.function(f); ok {
				t.FuncPC, t.Func = fn.Entry, fn.Name()
			}
			t.Runs = t.Func
			if t.Func == "time.goFunc" {
				if name := r.runs(t.Arg); name != "" {
					t.Runs = name
				}
			}
			out = append(out, t)
		}
	}
	return out
}

// caches takes the block from which each processor takes its smallest objects
// (mcache.tiny): the address is a number to the collector, which gives the block up
// at the start of each cycle; until then it is in use.
func (r *reader) caches() {
	cache, ok1 := r.offset("runtime.p", "mcache")
	tiny, ok2 := r.offset("runtime.mcache", "tiny")
	if !ok1 || !ok2 {
		return
	}
	for _, p := range r.p.Ps() {
		c, ok := r.mem.word(p + cache)
		if !ok || c == 0 {
			continue
		}
		if v, ok := r.mem.word(c + tiny); ok {
			r.emit(Root{Kind: Runtime, Slot: c + tiny, Value: v, Frame: -1, Name: "runtime.mcache.tiny", Precise: true})
		}
	}
}
