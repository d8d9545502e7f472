package frames

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/proc/host"
)

// lateFrame waits for what belongs to it.
type lateFrame struct {
	frame evidence.FrameTime
	parts []segment
	round round         // without probes: since the frame that was seen before it
	drew  time.Duration // by the driver, on the CPU, at most, from when on it took long
}

// before are the last frames of a goroutine.
func (w *watcher) before(goid uint64) []evidence.FrameTime {
	var out []evidence.FrameTime
	for i := len(w.out.Times) - 1; i >= 0 && len(out) < evidence.FramesBefore; i-- {
		if w.out.Times[i].Goroutine == goid {
			out = append(out, w.out.Times[i])
		}
	}
	slices.Reverse(out)
	return out
}

// reasons tells the frames that have ended, in order: a late one as soon as what
// belongs to it has come, or at the end.
func (w *watcher) reasons(all bool) {
	now := w.now()
	n := 0
	for ; n < len(w.pending); n++ {
		p := &w.pending[n]
		if p.frame.Late && !w.o.Quick {
			if !all && (now-p.frame.End < settle || w.unsure(p, now)) {
				break
			}
			if w.unseen(p); !p.frame.Late {
				w.tell(p.frame)
				continue
			}
			w.reason(p, now)
		} else {
			w.tell(p.frame)
		}
	}
	w.pending = slices.Delete(w.pending, 0, n)
}

// tell takes a frame that has ended.
func (w *watcher) tell(f evidence.FrameTime) {
	if f.Undrawn && !f.Late {
		return
	}
	w.rates.add(f, w.out.Period)
	w.out.Times = append(w.out.Times, f)
	if len(w.out.Times) > evidence.MaxFrameTimes+evidence.MaxFrameTimes/10 {
		w.out.Times = slices.Delete(w.out.Times, 0, len(w.out.Times)-evidence.MaxFrameTimes)
	}
	if w.o.Each != nil {
		w.o.Each(Update{Frame: &f, SoFar: w.soFar})
	}
}

// byChoice is how much of a late frame's time the program waited on purpose.
func byChoice(shares []evidence.FrameShare) (d time.Duration) {
	for _, s := range shares {
		if s.Cause == evidence.CausePace {
			d += s.Took
		}
	}
	return d
}

// longestWork is the longest time between two looks at which the goroutine waited
// on purpose.
func longestWork(samples []evidence.FrameSample, from, to time.Duration) time.Duration {
	longest, since := time.Duration(0), from
	for _, s := range samples {
		if s.Cause == evidence.CausePace && s.At > since && s.At < to {
			longest, since = max(longest, s.At-since), s.At
		}
	}
	return max(longest, to-since)
}

func (w *watcher) reason(p *lateFrame, now time.Duration) {
	f := p.frame
	const margin = 2 * time.Millisecond
	samples := w.samples(f.Goroutine, f.Start-margin, f.End+margin)
	for _, t := range w.times {
		w.absent(t)
	}
	thread := w.times[f.Thread]
	s := seen{frame: f, parts: p.parts, samples: samples, stacks: w.out.Stacks, bound: w.bound(f.Goroutine),
		thread:  func(tid int, at time.Duration) (schedSpan, bool) { return w.times[tid].at(at, now) },
		stopped: func(at time.Duration) bool { return w.inWorld(evidence.SpanStopped, w.stopped, at) },
		marking: func(at time.Duration) bool { return w.inWorld(evidence.SpanMarking, w.marking, at) },
	}
	s.held = func(at time.Duration) bool { return w.held(at, now) }
	s.throttled, s.stolen, s.outrun = w.host.since()
	// What a driver draws for as long as a frame may take makes it late also where it has the CPU.
	s.outrun = s.outrun && p.drew < w.out.Over
	shares := s.shares()
	// A frame that is long because the program keeps a slow pace is not late.
	// By looks alone several turns may be taken for one: the time that was not waited
	// must then be in one piece.
	wait := byChoice(shares)
	if f.End-f.Start-wait <= w.out.Over ||
		w.out.Source == evidence.FromSamples && wait > 0 && longestWork(samples, f.Start, f.End) <= w.out.Over {
		f.Late = false
		w.tell(f)
		return
	}
	late := evidence.LateFrame{FrameTime: f, Shares: shares, Before: w.before(f.Goroutine)}
	w.tell(f)
	w.out.Late = append(w.out.Late, late)
	if n := len(w.out.Late) - evidence.MaxLateFrames; n > 0 {
		w.out.Late = slices.Delete(w.out.Late, 0, n)
	}
	for i := range samples {
		if samples[i].At >= f.Start && samples[i].At <= f.End {
			w.out.Samples = append(w.out.Samples, samples[i])
		}
	}
	if thread != nil {
		from := f.Start
		if len(late.Before) > 0 {
			from = late.Before[0].Start
		}
		w.addSpans(thread.between(from, f.End), f.Thread)
	}
	w.addSpans(w.world, 0)
	if n := len(w.out.Samples) - maxSamples; n > 0 {
		w.out.Samples = slices.Delete(w.out.Samples, 0, n+maxSamples/10)
	}
	if n := len(w.out.Spans) - maxSamples; n > 0 {
		w.out.Spans = slices.Delete(w.out.Spans, 0, n+maxSamples/10)
	}
	if w.o.Each != nil {
		w.o.Each(Update{Late: &late, SoFar: w.soFar})
	}
}

const maxSamples = 50_000

// held says whether, at a moment, some thread of the program was ready for long
// and did not run.
func (w *watcher) held(at, now time.Duration) bool {
	for _, t := range w.times {
		if s, ok := t.at(at, now); ok && s.Kind == evidence.SpanRunnable && s.To-s.From > 2*time.Millisecond {
			return true
		}
	}
	return false
}

// addSpans keeps the spans that are not kept yet.
func (w *watcher) addSpans(spans []evidence.SchedSpan, thread int) {
	last := time.Duration(-1)
	for i := len(w.out.Spans) - 1; i >= 0; i-- {
		if w.out.Spans[i].Thread == thread {
			last = w.out.Spans[i].To
			break
		}
	}
	for _, s := range spans {
		if s.To > last {
			w.out.Spans = append(w.out.Spans, s)
		}
	}
}

// samples are those of a goroutine in a time, by time.
func (w *watcher) samples(goid uint64, from, to time.Duration) []evidence.FrameSample {
	var out []evidence.FrameSample
	for _, s := range w.recent {
		if s.Goroutine == goid && s.At >= from && s.At <= to {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b evidence.FrameSample) int { return cmp.Compare(a.At, b.At) })
	return out
}

func (w *watcher) bound(goid uint64) bool {
	return slices.ContainsFunc(w.ui, func(u evidence.UIGoroutine) bool { return u.Goroutine == goid && u.Locked })
}

// inWorld says whether a moment lies in one of the collector's spans of a kind;
// open is since when one goes on, -1: none.
func (w *watcher) inWorld(kind evidence.SpanKind, open, at time.Duration) bool {
	if open >= 0 && at >= open {
		return true
	}
	for i := len(w.world) - 1; i >= 0; i-- {
		if s := &w.world[i]; s.Kind == kind && at >= s.From && at < s.To {
			return true
		}
	}
	return false
}

// machine is the account of the machine at a moment.
type machine struct {
	at    time.Time
	snap  *host.Snapshot
	steal int64 // ticks
}

// since says whether, from about then on, the cgroup's quota or the hypervisor kept the
// program from running, or other programs did so for the most part of the time in which
// it would have run. It looks at the counts of the kernel, at most every 50 ms.
func (h *hostWatch) since() (throttled, stolen, outrun bool) {
	if h == nil {
		return false, false, false
	}
	if time.Since(h.last.at) < 50*time.Millisecond {
		return h.throttled, h.stolen, h.outrun
	}
	s, err := host.Sample(h.pid)
	if err != nil {
		return false, false, false
	}
	m := machine{at: time.Now(), snap: s, steal: stealTicks()}
	if h.last.snap != nil {
		load := host.Between(h.last.snap, s)
		h.throttled = load.Throttled > 2*time.Millisecond
		took := m.at.Sub(h.last.at)
		h.stolen = time.Duration(m.steal-h.last.steal)*(time.Second/100) > took/20
		h.outrun = 2*load.Others >= float64(s.CPUs) && denied(host.Diff(h.last.snap, s))
	}
	h.last, h.rasters = m, rasters(s)
	return h.throttled, h.stolen, h.outrun
}

// stealTicks is the time that the hypervisor ran others while this machine had
// work: the eighth number of /proc/stat (proc_stat(5)).
func stealTicks() int64 {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	f := strings.Fields(line)
	if len(f) < 9 {
		return 0
	}
	n, _ := strconv.ParseInt(f[8], 10, 64)
	return n
}
