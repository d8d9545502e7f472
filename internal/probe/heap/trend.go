package heap

import (
	"math"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// Point is a figure at one moment.
type Point struct {
	At    time.Duration
	Value float64
}

// What makes a trend, and what takes from its confidence.
const (
	fewestPoints = 3
	// A fall of so much of all that the figure moved is one that a bounded cache or
	// a saw-tooth makes, and no noise.
	fallShare = 0.25
	// A rise of so much more than its time's share, between two points, is a step:
	// what was loaded once.
	stepShare = 0.4
	// It slows down if the later half rises less than this share of the earlier.
	slowShare = 0.5
	// So many points, at least, are divided into halves.
	halvable = 6
)

// fit is a line through points.
type fit struct {
	slope float64 // a second
	// confidence, from 0 to 1, that the figure grows and goes on to.
	confidence   float64
	slows, falls bool
	rise         float64 // from first to last, by the line
}

// Trend says how a figure developed: count and bytes have one value for each look
// of at. The confidence is that of the bytes; of the count where bytes are not
// known (nil). Fewer than three looks have no trend.
func Trend(at []time.Duration, count, bytes []int64) evidence.Trend {
	c, b := fitLine(series(at, count)), fitLine(series(at, bytes))
	t := evidence.Trend{PerSecond: c.slope, Bytes: b.slope, Confidence: b.confidence, Slows: b.slows, Falls: b.falls}
	if bytes == nil {
		t.Confidence, t.Slows, t.Falls = c.confidence, c.slows, c.falls
	}
	return t
}

func series(at []time.Duration, values []int64) []Point {
	var out []Point
	for i := range min(len(at), len(values)) {
		out = append(out, Point{at[i], float64(values[i])})
	}
	return out
}

// Line fits one figure: how much it grows a second, and how sure that is.
func Line(points []Point) (perSecond float64, t evidence.Trend) {
	f := fitLine(points)
	return f.slope, evidence.Trend{PerSecond: f.slope, Confidence: f.confidence, Slows: f.slows, Falls: f.falls}
}

// LiveTrend is the trend of the live heap: the bytes that each collection seen
// found reachable, at the moment it was seen, since HeapAlloc itself rises and
// falls with each. Without three collections it is not known, and its confidence
// 0. PerSecond is the trend of the number of objects right after each.
func LiveTrend(samples []evidence.MemorySample) evidence.Trend {
	after := afterGC(samples)
	at := make([]time.Duration, len(after))
	live, objects := make([]int64, len(after)), make([]int64, len(after))
	for i, s := range after {
		at[i], live[i], objects[i] = s.At, s.Live, s.Objects
	}
	return Trend(at, objects, live)
}

// afterGC are the samples at which a collection was first seen to have ended.
// When the one before the first sample ended is not known.
func afterGC(samples []evidence.MemorySample) []evidence.MemorySample {
	var out []evidence.MemorySample
	for i := 1; i < len(samples); i++ {
		if samples[i].GC > samples[i-1].GC {
			out = append(out, samples[i])
		}
	}
	return out
}

// GoroutineTrend is the trend of the number of goroutines.
func GoroutineTrend(samples []evidence.MemorySample) evidence.Trend {
	at := make([]time.Duration, len(samples))
	n := make([]int64, len(samples))
	for i := range samples {
		at[i], n[i] = samples[i].At, samples[i].Goroutines
	}
	return Trend(at, n, nil)
}

// Bounds of WorthSnapshots.
const (
	worthConfidence = 0.5
	worthBytes      = 256 << 10 // that the live heap grew by, at least
	worthGoroutines = 5
	unjudged        = 20 * time.Second // without any collection
	unjudgedBytes   = 4 << 20
)

// WorthSnapshots reports whether two looks at all objects would tell more: the
// live heap grows, or goroutines do, and it looks as if they went on. Where the
// heap grew for long and no collection has said what of it is garbage, only a
// look can.
func WorthSnapshots(samples []evidence.MemorySample) bool {
	if len(samples) < fewestPoints {
		return false
	}
	after := afterGC(samples)
	if n := len(after); n >= fewestPoints {
		t := LiveTrend(samples)
		if t.Confidence >= worthConfidence && after[n-1].Live-after[0].Live >= worthBytes {
			return true
		}
	}
	first, last := &samples[0], &samples[len(samples)-1]
	if t := GoroutineTrend(samples); t.Confidence >= worthConfidence && last.Goroutines-first.Goroutines >= worthGoroutines {
		return true
	}
	if len(after) == 0 && last.At-first.At >= unjudged && last.HeapAlloc-first.HeapAlloc >= unjudgedBytes {
		points := make([]Point, len(samples))
		for i := range samples {
			points[i] = Point{samples[i].At, float64(samples[i].HeapAlloc)}
		}
		return fitLine(points).confidence >= worthConfidence
	}
	return false
}

// fitLine is a linear regression by least squares. Its confidence is that of the
// slope being more than 0, by its standard error (Student's t), less for few
// points, and less again for what does not look like a leak: falls, one step,
// slowing down.
func fitLine(points []Point) fit {
	var f fit
	n := float64(len(points))
	if len(points) < 2 {
		return f
	}
	var mt, mv float64
	for _, p := range points {
		mt += p.At.Seconds() / n
		mv += p.Value / n
	}
	var stt, stv, svv float64
	for _, p := range points {
		dt, dv := p.At.Seconds()-mt, p.Value-mv
		stt += dt * dt
		stv += dt * dv
		svv += dv * dv
	}
	if stt <= 0 {
		return f
	}
	f.slope = stv / stt
	span := (points[len(points)-1].At - points[0].At).Seconds()
	f.rise = f.slope * span
	f.falls = largestFall(points)
	if len(points) >= halvable {
		half := len(points) / 2
		early, late := slopeOf(points[:half+1]), slopeOf(points[half:])
		f.slows = early > 0 && late < slowShare*early
	}
	if len(points) < fewestPoints || f.slope <= 0 || svv == 0 {
		f.slows = f.slows && f.slope > 0 && svv > 0
		return f
	}
	// What the line leaves unexplained; never nothing, so that three points that
	// happen to lie on a line do not prove it.
	rest := max(0, svv-f.slope*stv)
	se := math.Sqrt((rest + svv*1e-4) / (n - 2) / stt)
	f.confidence = studentCDF(f.slope/se, n-2)*2 - 1
	f.confidence = max(0, f.confidence) * (1 - math.Pow(0.5, n-1))
	if f.falls {
		f.confidence *= 0.2
	}
	if f.slows {
		f.confidence *= 0.3
	}
	if stepped(points) {
		f.confidence *= 0.3
	}
	return f
}

func slopeOf(points []Point) float64 {
	var mt, mv, stt, stv float64
	n := float64(len(points))
	for _, p := range points {
		mt += p.At.Seconds() / n
		mv += p.Value / n
	}
	for _, p := range points {
		dt := p.At.Seconds() - mt
		stt += dt * dt
		stv += dt * (p.Value - mv)
	}
	if stt <= 0 {
		return 0
	}
	return stv / stt
}

// largestFall reports whether the figure fell by a good part of all it moved, in
// one go: from any peak to the lowest after it.
func largestFall(points []Point) bool {
	low, high := points[0].Value, points[0].Value
	peak, fall := points[0].Value, 0.0
	for _, p := range points {
		low, high = min(low, p.Value), max(high, p.Value)
		peak = max(peak, p.Value)
		fall = max(fall, peak-p.Value)
	}
	return high > low && fall >= fallShare*(high-low)
}

// stepped reports whether one rise between two points makes up most of all.
func stepped(points []Point) bool {
	first, last := points[0], points[len(points)-1]
	all, span := last.Value-first.Value, (last.At - first.At).Seconds()
	if all <= 0 || span <= 0 {
		return false
	}
	for i := 1; i < len(points); i++ {
		rise := points[i].Value - points[i-1].Value
		if rise/all-(points[i].At-points[i-1].At).Seconds()/span > stepShare {
			return true
		}
	}
	return false
}

// studentCDF is Student's t distribution with df degrees of freedom, to 0.005: by
// the normal distribution (D. P. Gaver and K. Kafadar, A Retrievable Recipe for
// Inverse t, 1984), and exact for one and two.
func studentCDF(t, df float64) float64 {
	switch {
	case math.IsNaN(t) || df <= 0:
		return 0.5
	case df == 1:
		return 0.5 + math.Atan(t)/math.Pi
	case df == 2:
		return 0.5 + t/(2*math.Sqrt(2+t*t))
	}
	w := math.Sqrt(math.Log1p(t*t/df)/(df-1.5)) * (df - 1)
	if t < 0 {
		w = -w
	}
	return 0.5 * math.Erfc(-w/math.Sqrt2)
}

// Verdict is what a timeline says so far.
func Verdict(samples []evidence.MemorySample) report.MemoryVerdict {
	v := report.MemoryVerdict{Live: LiveTrend(samples), Goroutines: GoroutineTrend(samples), Needed: fewestPoints, Worth: WorthSnapshots(samples)}
	after := afterGC(samples)
	v.Collections = len(after)
	if len(after) > 0 {
		v.Over = after[len(after)-1].At - after[0].At
	}
	return v
}
