package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Figures are what a person asks of a row of frames.
type Figures struct {
	Frames  int
	Late    int
	Dropped int
	FPS     float64 // while it drew; 0: not known
	TPS     float64 // steps of the game a second; 0: none seen
	Time    evidence.Percentiles
	Parts   []evidence.FramePart // the mean of each part in a frame
}

// partOrder is the order in which a frame's parts come, and are listed.
var partOrder = []evidence.PartKind{evidence.PartEvents, evidence.PartUser, evidence.PartLayout, evidence.PartDraw, evidence.PartSwap, "pace"}

var partKeys = map[evidence.PartKind]string{
	evidence.PartEvents: "frames.part.events", evidence.PartUser: "frames.part.user", evidence.PartLayout: "frames.part.layout",
	evidence.PartDraw: "frames.part.draw", evidence.PartSwap: "frames.part.swap", "pace": "frames.part.pace",
}

// RateFigures are the figures of a whole watch.
func RateFigures(r *evidence.FrameRate) Figures {
	f := Figures{Frames: r.Frames, Late: r.Late, Dropped: r.Dropped, Time: r.Time, Parts: r.Parts}
	if s := r.Active.Seconds(); s > 0 {
		f.FPS, f.TPS = float64(r.Frames)/s, float64(r.Updates)/s
	}
	return f
}

// WindowFigures are the figures of the frames given, of one goroutine: the last
// ones of a watch that goes on. A rest between two of them is not counted as
// time in which it drew.
func WindowFigures(frames []evidence.FrameTime, period time.Duration) Figures {
	var f Figures
	var took []time.Duration
	var drew time.Duration
	intervals, updates := 0, 0
	sums := map[evidence.PartKind]time.Duration{}
	for i := range frames {
		t := &frames[i]
		if t.Late {
			f.Late++
		}
		if t.Undrawn {
			continue
		}
		f.Frames++
		d := t.End - t.Start
		took = append(took, d)
		if period > 0 && d > period {
			f.Dropped += int((d+period/2)/period) - 1 // but for the period in which it would have been shown anyway
		}
		if t.Interval > 0 && !Rested(t, period) {
			intervals++
			drew += t.Interval
			updates += t.Updates
		}
		for _, p := range t.Parts {
			sums[p.Kind] += p.Took
		}
	}
	if drew > 0 {
		f.FPS, f.TPS = float64(intervals)/drew.Seconds(), float64(updates)/drew.Seconds()
	}
	f.Time = percentiles(took)
	for _, k := range partOrder {
		if sums[k] > 0 {
			f.Parts = append(f.Parts, evidence.FramePart{Kind: k, Took: sums[k] / time.Duration(f.Frames)})
		}
	}
	return f
}

// Rested reports whether the program had nothing to draw for a while before the
// frame. A program that draws 20 times a second by a timer does not rest.
func Rested(t *evidence.FrameTime, period time.Duration) bool {
	return t.Waited > max(100*time.Millisecond, 3*period)
}

func percentiles(all []time.Duration) evidence.Percentiles {
	if len(all) == 0 {
		return evidence.Percentiles{}
	}
	slices.Sort(all)
	// The nearest rank: the smallest value that p percent do not exceed.
	at := func(p int) time.Duration { return all[(len(all)*p+99)/100-1] }
	return evidence.Percentiles{P50: at(50), P95: at(95), P99: at(99), Max: all[len(all)-1]}
}

// Rates says the rates: "60.1 fps · 2 of 60 late · 3 dropped".
func (f *Figures) Rates(lang text.Lang) []string {
	var parts []string
	if f.FPS > 0 {
		parts = append(parts, text.T("frames.fps", rate(f.FPS)).In(lang))
	}
	if f.TPS > 0 {
		parts = append(parts, text.T("frames.tps", rate(f.TPS)).In(lang))
	}
	parts = append(parts, text.Plural("frames.late", f.Frames, f.Late).In(lang))
	if f.Dropped > 0 {
		parts = append(parts, text.T("frames.dropped", f.Dropped).In(lang))
	}
	return parts
}

// Times says how long the frames took: "p50 8.1 ms", ….
func (f *Figures) Times(lang text.Lang) []string {
	var parts []string
	for _, p := range []struct {
		name string
		d    time.Duration
	}{{"p50", f.Time.P50}, {"p95", f.Time.P95}, {"p99", f.Time.P99}, {"max", f.Time.Max}} {
		parts = append(parts, text.T("frames."+p.name, text.Duration(p.d)).In(lang))
	}
	return parts
}

// PartTimes says how long each part of a frame took on average.
func (f *Figures) PartTimes(lang text.Lang) []string { return partTimes(f.Parts, lang) }

func partTimes(parts []evidence.FramePart, lang text.Lang) []string {
	var out []string
	for _, k := range partOrder {
		for _, p := range parts {
			if p.Kind == k {
				out = append(out, text.T("frames.part", text.T(partKeys[k]), text.Duration(p.Took)).In(lang))
			}
		}
	}
	return out
}

func rate(perSecond float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(perSecond, 'f', 1, 64), ".0")
}

// CauseShare is a cause's part of the time of all late frames.
type CauseShare struct {
	Cause evidence.LateCause
	Took  time.Duration
	Share float64 // 0 to 1
}

// CauseShares sums the causes of late frames up, the largest first.
func CauseShares(late []evidence.LateFrame) []CauseShare {
	sums := map[evidence.LateCause]time.Duration{}
	var total time.Duration
	for i := range late {
		for _, s := range late[i].Shares {
			sums[s.Cause] += max(0, s.Took)
			total += max(0, s.Took)
		}
	}
	var out []CauseShare
	for c, d := range sums {
		if d > 0 {
			out = append(out, CauseShare{c, d, float64(d) / float64(total)})
		}
	}
	slices.SortFunc(out, func(a, b CauseShare) int {
		if a.Took != b.Took {
			return cmp.Compare(b.Took, a.Took)
		}
		return strings.Compare(string(a.Cause), string(b.Cause))
	})
	return out
}
