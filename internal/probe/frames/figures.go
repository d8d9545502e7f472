package frames

import (
	"cmp"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Figures are the rates of the given frames, by goroutine. took is how long the
// frames were watched.
func Figures(times []evidence.FrameTime, period, took time.Duration) []evidence.FrameRate {
	by := map[uint64][]evidence.FrameTime{}
	for _, f := range times {
		by[f.Goroutine] = append(by[f.Goroutine], f)
	}
	rates := make([]evidence.FrameRate, 0, len(by))
	for id, fs := range by {
		rates = append(rates, figures(id, fs, period, took))
	}
	slices.SortFunc(rates, func(a, b evidence.FrameRate) int {
		return cmp.Or(-cmp.Compare(a.Frames, b.Frames), cmp.Compare(a.Goroutine, b.Goroutine))
	})
	return rates
}

// pausedBy is how long a program that draws only on change must have waited for
// it to count as idle, rather than as drawing at a rate of its own: a tenth of a
// second is where a person ceases to see one movement (Nielsen, Usability
// Engineering, 1993, chapter 5).
const pausedBy = 100 * time.Millisecond

func figures(id uint64, fs []evidence.FrameTime, period, took time.Duration) evidence.FrameRate {
	r := evidence.FrameRate{Goroutine: id}
	var times, intervals []time.Duration
	parts := map[evidence.PartKind]time.Duration{}
	for _, f := range fs {
		if f.Undrawn {
			r.Turns++
			continue
		}
		r.Frames++
		r.Updates += f.Updates
		if f.Late {
			r.Late++
		}
		t := f.End - f.Start
		times = append(times, t)
		// What passed while the frame was in the making, but for the period in which
		// it would have been shown anyway.
		if period > 0 && t > period {
			r.Dropped += int((t+period/2)/period) - 1
		}
		if f.Interval > 0 && f.Waited < pausedBy {
			intervals = append(intervals, f.Interval)
			r.Active += f.Interval
		} else {
			r.Active += t
		}
		for _, p := range f.Parts {
			parts[p.Kind] += p.Took
		}
	}
	r.Idle = max(0, took-r.Active)
	r.Time, r.Interval = percentiles(times), percentiles(intervals)
	for _, k := range partKinds {
		if parts[k] > 0 && r.Frames > 0 {
			r.Parts = append(r.Parts, evidence.FramePart{Kind: k, Took: parts[k] / time.Duration(r.Frames)})
		}
	}
	return r
}

// percentiles by the nearest rank.
func percentiles(d []time.Duration) evidence.Percentiles {
	if len(d) == 0 {
		return evidence.Percentiles{}
	}
	slices.Sort(d)
	at := func(p float64) time.Duration {
		return d[min(len(d)-1, int(float64(len(d))*p))]
	}
	return evidence.Percentiles{P50: at(0.5), P95: at(0.95), P99: at(0.99), Max: d[len(d)-1]}
}
