package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// goroutinesOf are the goroutines that make frames, or were sampled.
func goroutinesOf(f *evidence.Frames) []uint64 {
	var ids []uint64
	for i := range f.Times {
		ids = append(ids, f.Times[i].Goroutine)
	}
	for i := range f.Late {
		ids = append(ids, f.Late[i].Goroutine)
	}
	for i := range f.Samples {
		ids = append(ids, f.Samples[i].Goroutine)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func threadsOf(f *evidence.Frames) []int {
	var ids []int
	for i := range f.Spans {
		if f.Spans[i].Thread != 0 {
			ids = append(ids, f.Spans[i].Thread)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (p *traceWriter) goroutine(process, id uint64, f *evidence.Frames) {
	parent := p.track(track{name: fmt.Sprintf("goroutine %d", id), parent: process, rank: 1})
	frames := p.track(track{name: "frames", parent: parent})
	late := p.track(track{name: "late frames", parent: parent, rank: 1})
	seen := p.track(track{name: "seen doing", parent: parent, rank: 2})
	p.slices(frames, frameSlices(f, id))
	p.slices(late, lateSlices(f, id))
	p.slices(seen, seenSlices(f, id))
}

func frameSlices(f *evidence.Frames, id uint64) []slice {
	var out []slice
	for i := range f.Times {
		t := &f.Times[i]
		if t.Goroutine != id || t.End < t.Start {
			continue
		}
		s := slice{from: t.Start, to: t.End, name: "frame", category: "frame", args: []annotation{{name: "frame", value: int64(t.N)}}}
		if t.Undrawn {
			s.name = "turn without a frame"
		}
		if t.Late {
			s.name = "late " + s.name
		}
		if t.Updates > 0 {
			s.args = append(s.args, annotation{name: "updates", value: int64(t.Updates)})
		}
		at := t.Start
		for _, k := range partOrder {
			for _, part := range t.Parts {
				if part.Kind != k || part.Took <= 0 {
					continue
				}
				to := min(at+part.Took, t.End)
				s.inner = append(s.inner, slice{from: at, to: to, name: string(k), category: "part"})
				at = to
			}
		}
		out = append(out, s)
	}
	return ordered(out)
}

func lateSlices(f *evidence.Frames, id uint64) []slice {
	var out []slice
	for i := range f.Late {
		l := &f.Late[i]
		if l.Goroutine != id || l.End < l.Start {
			continue
		}
		line := LateLineOf(f, l, text.English)
		s := slice{from: l.Start, to: l.End, name: line.Cause, category: "late", args: []annotation{{name: "frame", value: int64(l.N)}}}
		if line.Where != "" {
			s.name += " · " + line.Where
			s.args = append(s.args, annotation{name: "where", text: line.Where + " " + line.Function})
		}
		at := l.Start
		for j := range l.Shares {
			share := &l.Shares[j]
			to := min(at+max(0, share.Took), l.End)
			inner := slice{from: at, to: to, name: CauseName(share.Cause, text.English), category: "cause", stack: stackOf(f, share.Stack)}
			if where, ok := SharePlace(f, share); ok {
				inner.args = append(inner.args, annotation{name: "where", text: where.At() + " " + where.Short()})
			}
			s.inner = append(s.inner, inner)
			at = to
		}
		out = append(out, s)
	}
	return ordered(out)
}

// seenSlices are the samples; those that follow each other and are equal make one.
func seenSlices(f *evidence.Frames, id uint64) []slice {
	const longest = 50 * time.Millisecond // after a sample nothing is known
	var own []*evidence.FrameSample
	for i := range f.Samples {
		if f.Samples[i].Goroutine == id {
			own = append(own, &f.Samples[i])
		}
	}
	slices.SortStableFunc(own, func(a, b *evidence.FrameSample) int { return int(a.At - b.At) })
	var out []slice
	for i := 0; i < len(own); {
		first, end := own[i], i+1
		for end < len(own) && own[end].Cause == first.Cause && own[end].Stack == first.Stack && own[end].At-own[end-1].At <= longest {
			end++
		}
		to := own[end-1].At + time.Millisecond
		if end < len(own) {
			to = min(own[end].At, own[end-1].At+longest)
		}
		s := slice{from: first.At, to: to, name: CauseName(first.Cause, text.English), category: "sample", stack: stackOf(f, first.Stack),
			args: []annotation{{name: "samples", value: int64(end - i)}, {name: "status", text: first.Status}}}
		if where, ok := SharePlace(f, &evidence.FrameShare{Stack: first.Stack, Place: first.Place}); ok {
			s.name += " · " + where.At()
		}
		if first.WaitReason != "" {
			s.args = append(s.args, annotation{name: "wait reason", text: first.WaitReason})
		}
		out = append(out, s)
		i = end
	}
	return out
}

func (p *traceWriter) collector(process uint64, f *evidence.Frames) {
	for i, of := range []struct {
		kind        evidence.SpanKind
		track, name string
	}{{evidence.SpanStopped, "world stopped", "stopped"}, {evidence.SpanMarking, "collector marks", "marking"}} {
		if all := spanSlices(f, of.kind, 0, of.name); len(all) > 0 {
			p.slices(p.track(track{name: of.track, parent: process, rank: 2 + i}), all)
		}
	}
}

func (p *traceWriter) thread(pid, tid int, f *evidence.Frames) {
	thread := p.track(track{name: fmt.Sprintf("thread %d", tid), pid: pid, tid: tid})
	all := spanSlices(f, evidence.SpanRunning, tid, "running")
	all = append(all, spanSlices(f, evidence.SpanRunnable, tid, "runnable")...)
	all = append(all, spanSlices(f, evidence.SpanAsleep, tid, "asleep")...)
	p.slices(p.track(track{name: "scheduler", parent: thread}), ordered(all))
}

func spanSlices(f *evidence.Frames, kind evidence.SpanKind, tid int, name string) []slice {
	var out []slice
	for i := range f.Spans {
		s := &f.Spans[i]
		if s.Kind == kind && (tid == 0 || s.Thread == tid) && s.To >= s.From {
			out = append(out, slice{from: s.From, to: s.To, name: name, category: "sched"})
		}
	}
	return ordered(out)
}

// ordered sorts slices and cuts off what overlaps the next, which a track cannot
// show.
func ordered(all []slice) []slice {
	slices.SortStableFunc(all, func(a, b slice) int { return int(a.from - b.from) })
	for i := range all[:max(0, len(all)-1)] {
		if all[i].to > all[i+1].from {
			all[i].to = all[i+1].from
			for j := range all[i].inner {
				all[i].inner[j].from, all[i].inner[j].to = min(all[i].inner[j].from, all[i].to), min(all[i].inner[j].to, all[i].to)
			}
		}
	}
	return all
}
