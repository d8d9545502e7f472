package heap

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// A program that leaks and makes garbage: the live heap grows, whatever the
// saw-tooth of all that is allocated does.
func TestWatchSeesGrowth(t *testing.T) {
	tg := start(t, build(t, "grower", false, "-ldflags=-s -w"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var seen []evidence.MemorySample
	all, err := Watch(ctx, tg.Process, tg.Program, WatchOptions{Interval: 20 * time.Millisecond, Each: func(s evidence.MemorySample) {
		seen = append(seen, s)
		if len(afterGC(seen)) >= 8 && LiveTrend(seen).Confidence > 0.5 && WorthSnapshots(seen) {
			cancel()
		}
	}})
	if err != nil || len(all) != len(seen) || len(all) < 8 {
		t.Fatalf("%d samples, %d told: %v", len(all), len(seen), err)
	}
	first, last := all[0], all[len(all)-1]
	if live := LiveTrend(all); live.Confidence <= 0.5 || live.Bytes <= 0 {
		t.Errorf("the live heap: %+v", live)
	}
	if g := GoroutineTrend(all); g.Confidence <= 0.5 || last.Goroutines <= first.Goroutines {
		t.Errorf("goroutines %d to %d: %+v", first.Goroutines, last.Goroutines, g)
	}
	if last.Mallocs <= first.Mallocs || last.Frees <= first.Frees || last.GC < first.GC+8 || last.RSS < last.Live || last.At <= first.At ||
		last.Pause <= first.Pause || last.HeapAlloc < 1<<20 || last.NextGC < last.Live || last.Objects != last.Mallocs-last.Frees {
		t.Errorf("from %+v\nto %+v", first, last)
	}
}

// The end of the program ends the watch, and what was seen stays.
func TestWatchEndsWithTheProgram(t *testing.T) {
	tg := start(t, build(t, "kinds", false))
	killed := false
	all, err := Watch(t.Context(), tg.Process, tg.Program, WatchOptions{Interval: time.Millisecond, Each: func(evidence.MemorySample) {
		if !killed {
			killed = true
			if err := kill(tg.Process.PID); err != nil {
				t.Error(err)
			}
		}
	}})
	if proc.ReasonOf(err) != proc.Exited || len(all) == 0 {
		t.Errorf("%d samples, %v", len(all), err)
	}
}

// The profiler is switched on for a while; what is kept is told with its line.
func TestSites(t *testing.T) {
	for _, flags := range [][]string{nil, {"-ldflags=-s -w", "-trimpath"}} {
		tg := start(t, build(t, "grower", false, flags...))
		const rate = 16 << 10
		restore, err := tg.Program.SetMemProfileRate(tg.Process, rate)
		if err != nil {
			t.Fatal(err)
		}
		var readings []Profile
		var groups []evidence.HeapGroup
		for end := time.Now().Add(time.Minute); ; {
			b, err := tg.Program.MemBuckets()
			if err != nil {
				t.Fatal(err)
			}
			readings = append(readings[:min(len(readings), 2)], Profile{At: time.Since(end.Add(-time.Minute)), Buckets: b})
			groups = Sites(tg.Program, &tg.ID, readings, rate, true)
			if len(groups) > 0 && groups[0].Count[len(readings)-1] > 5000 && len(readings) == 3 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("no site shows: %+v", groups)
			}
		}
		if err := restore(); err != nil {
			t.Fatal(err)
		}
		g := groups[0]
		if !strings.HasPrefix(g.Name, "main.remember (main.go:2") || g.Origin != evidence.OriginUser || g.Package != "main" ||
			len(g.Site) < 2 || g.Site[1].Function != "main.main" || g.Count[0] != 0 || g.Trend.Bytes <= 0 {
			t.Errorf("%+v", g)
		}
		if size := g.Bytes[2] / g.Count[2]; size < 1000 || size > 1100 {
			t.Errorf("objects of %d bytes", size)
		}
		// Of the garbage there may be what was allocated while the collector marked: it
		// is freed by the next collection.
		var made uint64
		for _, b := range gort.BucketsSince(readings[0].Buckets, readings[2].Buckets) {
			if b.Size == 64<<10 {
				made += b.AllocObjects
			}
		}
		for _, g := range groups {
			if strings.HasPrefix(g.Name, "main.forget") && g.Count[2] > int64(made)/3 {
				t.Errorf("of %d objects made and forgotten these are told as kept: %+v", made, g)
			}
		}
	}
}

// A long watch keeps its shape in bounded memory.
func TestKeepIsBounded(t *testing.T) {
	var all []evidence.MemorySample
	const n = 3 * maxSamples
	for i := range n {
		all = keep(all, evidence.MemorySample{At: time.Duration(i) * time.Second, GC: int64(i / 10)})
	}
	if len(all) > maxSamples || len(all) < maxSamples/2 || all[0].At != 0 || all[len(all)-1].At != (n-1)*time.Second {
		t.Fatalf("%d samples from %v to %v", len(all), all[0].At, all[len(all)-1].At)
	}
	for i := 1; i < len(all); i++ {
		if all[i].At <= all[i-1].At {
			t.Fatalf("not in order at %d", i)
		}
	}
}
