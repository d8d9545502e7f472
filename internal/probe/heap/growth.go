package heap

import (
	"math"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// trendOf is how a count and its bytes developed over the looks: the slopes of
// lines fitted by least squares, and how sure it is that they go on.
func trendOf(at []time.Duration, count, bytes []int64) evidence.Trend {
	t := evidence.Trend{PerSecond: slope(at, count), Bytes: slope(at, bytes)}
	series := count
	if grew(bytes) > 0 && grew(count) <= 0 {
		series = bytes
	}
	n := len(series)
	if n < 2 || grew(series) <= 0 {
		return t
	}
	rise, ups := float64(grew(series)), 0
	for i := 1; i < n; i++ {
		switch d := float64(series[i] - series[i-1]); {
		case d < -rise/20:
			t.Falls = true
		case d > 0:
			ups++
		}
	}
	mid := n / 2
	if first, second := slope(at[:mid+1], series[:mid+1]), slope(at[mid:], series[mid:]); n >= 3 && first > 0 && second < first/2 {
		t.Slows = true
	}
	if n == 2 {
		t.Confidence = 0.5 // one step may be anything
		return t
	}
	// A step up in each interval, on a line: the more steps, the surer.
	steady := float64(ups) / float64(n-1)
	t.Confidence = steady * fit(at, series) * (1 - math.Pow(0.5, float64(n)))
	if t.Falls {
		t.Confidence *= 0.4
	}
	if t.Slows {
		t.Confidence *= 0.5
	}
	return t
}

func grew(v []int64) int64 {
	if len(v) == 0 {
		return 0
	}
	return v[len(v)-1] - v[0]
}

// slope is by how much a figure rises in a second.
func slope(at []time.Duration, v []int64) float64 {
	b, _ := line(at, v)
	return b
}

// fit is how well a line describes a figure: the coefficient of determination.
func fit(at []time.Duration, v []int64) float64 {
	_, r2 := line(at, v)
	return r2
}

func line(at []time.Duration, v []int64) (slope, r2 float64) {
	n := float64(min(len(at), len(v)))
	if n < 2 {
		return 0, 0
	}
	var mx, my float64
	for i := range int(n) {
		mx, my = mx+at[i].Seconds()/n, my+float64(v[i])/n
	}
	var sxy, sxx, syy float64
	for i := range int(n) {
		dx, dy := at[i].Seconds()-mx, float64(v[i])-my
		sxy, sxx, syy = sxy+dx*dy, sxx+dx*dx, syy+dy*dy
	}
	if sxx == 0 {
		return 0, 0
	}
	if syy == 0 {
		return 0, 1
	}
	return sxy / sxx, sxy * sxy / (sxx * syy)
}
