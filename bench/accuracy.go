//go:build linux

package main

import (
	"context"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/frames"
	"github.com/gomedic/gomedic/internal/probe/stacks"
)

// accuracy says how well the watch agrees with the program's own clock. Times are
// microseconds.
type accuracy struct {
	Program string `json:"program"`
	Seen    int    `json:"frames_seen"`
	Own     int    `json:"frames_by_the_program"` // from the first that was seen to the last
	Lost    uint64 `json:"events_lost"`
	P50     int    `json:"p50_us"` // by the program
	P99     int    `json:"p99_us"`
	DiffP50 int    `json:"p50_difference_us"`
	DiffP99 int    `json:"p99_difference_us"`
	// Off are how far the two are from each other frame by frame.
	OffP50 int `json:"each_p50_us"`
	OffP99 int `json:"each_p99_us"`
}

// Frames that are compared at most, and the time that they may take.
const (
	comparedFrames = 10_000
	comparedFor    = time.Minute
)

// timed is a frame as both measure it.
type timed struct{ took, end time.Duration }

func (b *bench) accuracy(ctx context.Context, p painted) (*accuracy, error) {
	c, err := b.paint(p)
	if err != nil {
		return nil, err
	}
	defer c.end()
	ctx, enough := context.WithTimeout(ctx, comparedFor)
	defer enough()
	var fs []evidence.FrameTime
	began := monotonic()
	r, err := watchProgram(ctx, c.pid(), frames.Options{Each: func(u frames.Update) {
		if u.Frame != nil && !u.Frame.Undrawn {
			if fs = append(fs, *u.Frame); len(fs) == comparedFrames+1 {
				enough()
			}
		}
	}})
	if err != nil {
		return nil, err
	}
	all, err := c.frames(monotonic())
	if err != nil {
		return nil, err
	}
	seen, own := seenFrames(p, fs), ownFrames(p, all, began)
	a := agreement(seen, own)
	a.Program, a.Lost = p.title, r.Frames.Lost
	return a, nil
}

func watchProgram(ctx context.Context, pid int, o frames.Options) (*frames.Result, error) {
	t, err := attach.Process(pid)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	o.Cause = func(string, string, []evidence.Frame) evidence.LateCause { return evidence.CauseUser }
	return frames.Run(ctx, stacks.Target{Process: t.Process, Program: t.Program, Evidence: &t.ID, Toolkit: t.Toolkit}, o)
}

// seenFrames is the watch's view of what the program can measure.
func seenFrames(p painted, fs []evidence.FrameTime) (out []timed) {
	for i, f := range fs {
		t := timed{f.End - f.Start, f.End}
		switch {
		case p.part != "":
			t.took = 0
			for _, part := range f.Parts {
				if string(part.Kind) == p.part {
					t.took = part.Took
				}
			}
		case p.between:
			if i+1 == len(fs) {
				return out
			}
			t = timed{fs[i+1].Start - f.Start, fs[i+1].Start}
		}
		out = append(out, t)
	}
	return out
}

// ownFrames is the program's view. An update belongs to the draw that follows.
func ownFrames(p painted, all []ownFrame, began int64) (out []timed) {
	var updates time.Duration
	for _, o := range all {
		took := time.Duration(o.end - o.start)
		if o.kind == "update" {
			updates += took
			continue
		}
		if p.part != "" {
			took += updates
		}
		updates = 0
		if o.end > began-int64(time.Second) {
			out = append(out, timed{took, time.Duration(o.end - began)})
		}
	}
	return out
}

// agreement compares the two. Their clocks are the same, but for an offset: the
// watch counts from its start.
func agreement(seen, own []timed) *accuracy {
	a := &accuracy{Seen: len(seen)}
	if len(seen) < 2*fingerprint {
		return a
	}
	first := align(seen[fingerprint:2*fingerprint], own) - fingerprint
	if first < 0 || first+len(seen) > len(own) {
		return a
	}
	offset := make([]time.Duration, 0, len(seen))
	for i := range seen {
		offset = append(offset, own[first+i].end-seen[i].end)
	}
	clock := percentile(offset, 0.5)
	// Counted by time: what one has seen more than the other would show.
	last := first
	for i := range own {
		if (own[i].end - clock - seen[len(seen)-1].end).Abs() < (own[last].end - clock - seen[len(seen)-1].end).Abs() {
			last = i
		}
	}
	a.Own = last - first + 1
	var s, o, off []time.Duration
	for i := range seen {
		s, o = append(s, seen[i].took), append(o, own[first+i].took)
		off = append(off, (seen[i].took - own[first+i].took).Abs())
	}
	us := func(d time.Duration) int { return int(d.Microseconds()) }
	a.P50, a.P99 = us(percentile(o, 0.5)), us(percentile(o, 0.99))
	a.DiffP50, a.DiffP99 = us(percentile(s, 0.5)-percentile(o, 0.5)), us(percentile(s, 0.99)-percentile(o, 0.99))
	a.OffP50, a.OffP99 = us(percentile(off, 0.5)), us(percentile(off, 0.99))
	return a
}

// fingerprint is how many frames show which of the program's are meant.
const fingerprint = 200

// align finds the program's frames that were seen, by how long they took.
func align(seen, own []timed) int {
	best, least := 0, time.Duration(1<<62)
	for i := 0; i+len(seen) <= len(own); i++ {
		var sum time.Duration
		for j := range seen {
			sum += min(time.Millisecond, (seen[j].took - own[i+j].took).Abs())
		}
		if sum < least {
			best, least = i, sum
		}
	}
	return best
}

// percentile by the nearest rank.
func percentile(d []time.Duration, p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(d))
	return s[min(len(s)-1, int(float64(len(s))*p))]
}
