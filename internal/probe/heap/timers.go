package heap

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	goheap "github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/gort/roots"
)

// ticking is timers that run the same function, held in the same way.
type ticking struct {
	count, bytes int64
	sample       goheap.ID
	runs         string
	period       int64 // nanoseconds, 0: once
	links        []evidence.HeapLink
}

// countTimers groups the timers that are to run.
func (l *look) countTimers() {
	l.ticking = map[string]*ticking{}
	timers := roots.Timers(l.prog)
	step := max(1, (len(timers)+maxChained-1)/maxChained)
	for i := 0; i < len(timers); i += step {
		t := &timers[i]
		id, ok := l.heap.Find(t.Addr)
		if !ok {
			continue
		}
		links := l.chain(id)
		if links == nil {
			continue
		}
		k := t.Runs + "\n" + time.Duration(t.Period).String() + "\n" + signature(links)
		x := l.ticking[k]
		if x == nil {
			x = &ticking{sample: id, runs: t.Runs, period: t.Period, links: links}
			l.ticking[k] = x
		}
		x.count += int64(step)
		x.bytes += int64(step) * int64(l.heap.Retained(id))
	}
}

// timerSuspects are groups of timers that grew in number.
func timerSuspects(looks []*look) (out []evidence.HeapSuspect) {
	last := looks[len(looks)-1]
	for k, x := range last.ticking {
		s := evidence.HeapSuspect{Kind: evidence.SuspectTimers, Signature: k, Type: typeName(last.heap.Desc(x.sample)), Chain: x.links,
			Chains: int(x.count), Suspect: suspectLink(x.links)}
		for _, l := range looks {
			y := l.ticking[k]
			if y == nil {
				y = &ticking{}
			}
			s.Count, s.Bytes = append(s.Count, y.count), append(s.Bytes, y.bytes)
		}
		if s.New = s.Count[len(s.Count)-1] - s.Count[0]; len(looks) < 2 || s.New <= 0 {
			continue
		}
		s.Trend = trendOf(times(looks), s.Count, s.Bytes)
		if end := &s.Chain[len(s.Chain)-1]; strings.HasSuffix(end.Type, "runtime.timer") || end.Type == "runtime.timeTimer" || end.Type == "" {
			// The program sees the runtime's structure as one of these (time/sleep.go).
			end.Kind, end.Type = evidence.LinkObject, "time.Timer"
			if x.period > 0 {
				end.Type = "time.Ticker"
			}
			s.Type = end.Type
		}
		if f := last.named(x.runs); f != nil {
			s.Container = &evidence.HeapContainer{Kind: "timers", Len: s.Count, Closures: []evidence.Frame{*f}}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b evidence.HeapSuspect) int { return cmp.Compare(a.Signature, b.Signature) })
	return out
}

// named is the place of a function of the program's, nil: it is the runtime's or
// the library's.
func (l *look) named(function string) *evidence.Frame {
	if f, ok := l.prog.Lookup(function)[function]; ok {
		if at := l.place(f.Entry); at != nil && at.Origin != evidence.OriginRuntime && at.Origin != evidence.OriginStd {
			return at
		}
	}
	return nil
}
