package diagnose

import (
	"math"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// Thresholds of the leak family. What grows must go on to grow, and must matter
// to whoever leaves the program running.
const (
	// surely is the confidence of a trend below which nothing is called a leak: a
	// program that warms up, or a cache that is emptied now and then, stays below.
	surely = 0.6
	// 1 KiB a second is 86 MiB a day: a kiosk that is restarted once a month would
	// have 2.6 GiB of it. An object a second is as many as 86,400 a day, whatever
	// they hold elsewhere (descriptors, textures).
	bytesMatter   = 1 << 10 // a second
	objectsMatter = 1.0     // a second
	// What is held already matters from 1 MiB on: one picture of 512 × 512.
	heldMatters = 1 << 20
	// soon: machines and containers are commonly given up to twice what a program
	// needs (the Kubernetes and Java habit of limits at 1.5 to 2 times the usual use):
	// one that doubles within an hour ends within the shift of whoever looks at it.
	soon = time.Hour
	// Where nobody knows what is left, a GiB an hour ends any desktop within a day.
	fast = 1 << 30 // bytes in soon
	// A small program that doubles is still small.
	smallProgram = 64 << 20

	// A page that is kept for later, a tab or a dialog, is of the size of what is
	// shown; ten times as many objects as are shown are no such page.
	keptPages  = 10
	keptMemory = 10 << 20
	// Goroutines that wait for good, on purpose, are single ones: select{} in main,
	// a listener for a signal that never comes. Nobody starts ten to do nothing.
	forGoodLeast = 10
	// append leaves up to half of an array unused (runtime.nextslicecap doubles), so
	// up to that it is slack; a quarter is not.
	backingUsed = 0.25
	// and it must be worth a word: a tenth of all live objects.
	backingShare = 0.1
	// A collection can queue many finalizers at once, which are run one after the
	// other within moments; a row this long is waited for.
	queueLeast = 100
)

// growth is how a suspect developed, as far as the looks show it.
type growth struct {
	looks       int
	first, last int64 // objects
	retained    int64 // bytes, at the last look
	perSecond   float64
	bytes       float64 // retained, a second
	sure        float64
	steady      bool // it grows, surely, and goes on to
	matters     bool
}

func growthOf(s *evidence.HeapSuspect) growth {
	g := growth{looks: len(s.Count), retained: max(0, lastOf(s.Bytes)), last: max(0, lastOf(s.Count)),
		perSecond: finite(s.Trend.PerSecond), bytes: finite(s.Trend.Bytes), sure: min(max(finite(s.Trend.Confidence), 0), 1)}
	if len(s.Count) > 0 {
		g.first = max(0, s.Count[0])
	}
	grows := g.last > g.first && (g.perSecond > 0 || g.bytes > 0)
	g.steady = grows && g.sure >= surely && !s.Trend.Slows && !s.Trend.Falls
	many := g.perSecond >= objectsMatter
	if s.Kind == evidence.SuspectContainer { // plain data is its bytes and nothing else
		many = many && g.bytes >= bytesMatter/8
	}
	g.matters = g.bytes >= bytesMatter || many || g.retained >= heldMatters && g.bytes >= bytesMatter/16
	return g
}

// finite is x, or 0 where it is no number that can be reckoned with.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) > 1<<50 {
		return 0
	}
	return x
}

func lastOf(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	return values[len(values)-1]
}

// hourly is how many bytes it takes in an hour.
func (g growth) hourly() int64 { return int64(g.bytes * soon.Seconds()) }

// severity of a leak that is sure: it will hurt later, or soon.
func (c *leakCase) severity(g growth) report.Severity {
	if !g.steady {
		return report.P2
	}
	takes := g.hourly()
	switch {
	case c.available > 0:
		if takes >= c.available {
			return report.P1
		}
	case takes >= fast:
		return report.P1
	case c.rss >= smallProgram && takes >= c.rss:
		return report.P1
	}
	return report.P2
}

// whatIsLeft finds what the program has of memory, and what is left of it.
func (c *leakCase) whatIsLeft() {
	if a := c.h.Account; a != nil {
		c.rss, c.available = max(0, a.RSS), max(0, a.Available)
	}
	if n := len(c.h.Counters); c.rss == 0 && n > 0 {
		c.rss = max(0, c.h.Counters[n-1].RSS)
	}
	if n := len(c.h.Looks); n > 0 {
		c.live = max(0, c.h.Looks[n-1].Bytes)
	}
}

// watched is the time between the first and the last look.
func (c *leakCase) watched() time.Duration {
	n := len(c.h.Looks)
	if n < 2 {
		return 0
	}
	return sane(c.h.Looks[n-1].At - c.h.Looks[0].At)
}
