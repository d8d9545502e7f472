package heap

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

func TestTrend(t *testing.T) {
	const mb = 1 << 20
	noise := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		name         string
		n            int
		value        func(i float64) float64
		slope        float64 // a second
		from, to     float64 // of the confidence
		slows, falls bool
	}{
		{"steady", 20, func(i float64) float64 { return 10*mb + i*mb }, mb, 0.95, 1, false, false},
		{"steady, three looks", 3, func(i float64) float64 { return 10*mb + i*mb }, mb, 0.7, 0.8, false, false},
		{"steady, four looks", 4, func(i float64) float64 { return 10*mb + i*mb }, mb, 0.8, 0.9, false, false},
		{"two looks", 2, func(i float64) float64 { return i * mb }, mb, 0, 0, false, false},
		{"one look", 1, func(float64) float64 { return mb }, 0, 0, 0, false, false},
		{"little on much", 20, func(i float64) float64 { return 1000*mb + i*mb/50 }, mb / 50, 0.95, 1, false, false},
		{"growing, with noise", 30, func(i float64) float64 { return 10*mb + i*mb + noise.NormFloat64()*mb }, mb, 0.9, 1, false, false},
		{"warm-up", 20, func(i float64) float64 { return 50 * mb * (1 - math.Exp(-i/4)) }, 2.06 * mb, 0, 0.3, true, false},
		{"slow warm-up", 20, func(i float64) float64 { return 50 * mb * (1 - math.Exp(-i/10)) }, 1.9 * mb, 0, 0.3, true, false},
		{"saw-tooth", 24, func(i float64) float64 { return 10*mb + math.Mod(i, 6)*mb }, 0.03 * mb, 0, 0.2, false, true},
		{"rising saw-tooth", 24, func(i float64) float64 { return 10*mb + math.Mod(i, 6)*mb + i*mb }, mb, 0.9, 1, false, false},
		{"noise", 40, func(float64) float64 { return 10*mb + noise.NormFloat64()*mb }, 0, 0, 0.25, false, true},
		{"constant", 20, func(float64) float64 { return 10 * mb }, 0, 0, 0, false, false},
		{"step", 20, func(i float64) float64 { return 10*mb + 30*mb*math.Floor(i/10) }, 2.25 * mb, 0, 0.3, false, false},
		{"step, five looks", 5, func(i float64) float64 { return 10*mb + 30*mb*math.Min(1, math.Floor(i/2)) }, 9 * mb, 0, 0.3, false, false},
		{"fills once", 4, func(i float64) float64 { return math.Min(i, 1) * mb }, 0.3 * mb, 0, 0.3, false, false},
		{"shrinking", 20, func(i float64) float64 { return 100*mb - i*mb }, -mb, 0, 0, false, true},
		{"faster and faster", 20, func(i float64) float64 { return i * i * mb }, 19 * mb, 0.9, 1, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var at []time.Duration
			var v []int64
			for i := range tt.n {
				at = append(at, time.Duration(i)*time.Second)
				v = append(v, int64(tt.value(float64(i))))
			}
			got := Trend(at, v, v)
			t.Logf("%+v", got)
			if math.Abs(got.Bytes-tt.slope) > 0.1*math.Abs(tt.slope)+0.1*mb || got.Bytes != got.PerSecond {
				t.Errorf("%.0f bytes a second, want %.0f", got.Bytes, tt.slope)
			}
			if got.Confidence < tt.from || got.Confidence > tt.to {
				t.Errorf("confidence %.2f, want %.2f to %.2f", got.Confidence, tt.from, tt.to)
			}
			if got.Falls != tt.falls {
				t.Errorf("falls %v", got.Falls)
			}
			if got.Slows != tt.slows && tt.name != "noise" && tt.name != "saw-tooth" && tt.name != "step" {
				t.Errorf("slows %v", got.Slows)
			}
			if only := Trend(at, v, nil); only.Confidence != got.Confidence || only.Bytes != 0 {
				t.Errorf("by the count alone: %+v", only)
			}
		})
	}
}

// samples makes one a second, with a collection every gc seconds.
func samples(n, gc int, live func(i int) int64, alloc func(i int) int64, goroutines func(i int) int64) []evidence.MemorySample {
	var out []evidence.MemorySample
	s := evidence.MemorySample{Live: live(0)}
	for i := range n {
		s.At = time.Duration(i) * time.Second
		if gc > 0 && i > 0 && i%gc == 0 {
			s.GC++
			s.Live = live(i)
		}
		s.HeapAlloc, s.Goroutines = alloc(i), goroutines(i)
		out = append(out, s)
	}
	return out
}

func TestWorthSnapshots(t *testing.T) {
	const mb = 1 << 20
	flat := func(v int64) func(int) int64 { return func(int) int64 { return v } }
	grows := func(by int64) func(int) int64 { return func(i int) int64 { return 20*mb + int64(i)*by } }
	saw := func(i int) int64 { return 20*mb + int64(i%4)*5*mb }
	for _, tt := range []struct {
		name string
		s    []evidence.MemorySample
		want bool
	}{
		{"nothing", nil, false},
		{"two samples", samples(2, 1, grows(mb), grows(mb), flat(5)), false},
		{"the live heap grows", samples(40, 4, grows(mb), saw, flat(5)), true},
		{"it grows, but by next to nothing", samples(40, 4, grows(100), saw, flat(5)), false},
		{"much garbage, nothing stays", samples(40, 4, flat(20*mb), saw, flat(5)), false},
		{"it warms up", samples(40, 2, func(i int) int64 { return int64(50 * mb * (1 - math.Exp(-float64(i)/4))) }, saw, flat(5)), false},
		{"goroutines grow", samples(40, 4, flat(20*mb), saw, func(i int) int64 { return 5 + int64(i) }), true},
		{"goroutines come and go", samples(40, 4, flat(20*mb), saw, func(i int) int64 { return 5 + int64(i%7)*3 }), false},
		{"no collection for long", samples(40, 0, flat(20*mb), grows(mb), flat(5)), true},
		{"no collection yet", samples(10, 0, flat(20*mb), grows(mb), flat(5)), false},
		{"idle", samples(40, 0, flat(20*mb), flat(20*mb), flat(5)), false},
	} {
		if got := WorthSnapshots(tt.s); got != tt.want {
			t.Errorf("%s: %v, live %+v, goroutines %+v", tt.name, got, LiveTrend(tt.s), GoroutineTrend(tt.s))
		}
	}
}

// Known values of the distribution's table.
func TestStudentCDF(t *testing.T) {
	for _, tt := range []struct{ t, df, want float64 }{
		{0, 5, 0.5}, {6.314, 1, 0.95}, {2.920, 2, 0.95}, {2.353, 3, 0.95}, {2.015, 5, 0.95}, {2.764, 10, 0.99}, {-2.764, 10, 0.01},
		{1.697, 30, 0.95}, {math.Inf(1), 1, 1}, {math.NaN(), 3, 0.5}, {1, 0, 0.5},
	} {
		if got := studentCDF(tt.t, tt.df); math.Abs(got-tt.want) > 0.005 {
			t.Errorf("studentCDF(%v, %v) = %v, want %v", tt.t, tt.df, got, tt.want)
		}
	}
}

// Whatever the figures, a trend is a trend.
func FuzzTrend(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8}, int64(1e9))
	f.Add([]byte{0, 0, 0}, int64(0))
	f.Fuzz(func(t *testing.T, b []byte, step int64) {
		var at []time.Duration
		var v []int64
		for i, x := range b {
			at = append(at, time.Duration(int64(i)*step))
			v = append(v, int64(x)<<(uint(x)%56))
		}
		got := Trend(at, v, v)
		if !(got.Confidence >= 0 && got.Confidence <= 1) || math.IsNaN(got.Bytes) || math.IsInf(got.Bytes, 0) {
			t.Errorf("%+v", got)
		}
	})
}
