package gort_test

import (
	"fmt"
	"testing"
)

// What is read from outside is what the program itself read just before, and the
// 60 objects of 48 bytes that it has allocated since and that lie in a P's cache.
// It has also printed some lines: that allocates a little.
func TestMemStats(t *testing.T) {
	for _, tt := range []struct {
		v         variant
		toolchain string
	}{{plain, ""}, {stripped, ""}, {strippedPIE, ""}, {externalPIE, ""}, {stripped, "go1.25.11"}, {stripped, "go1.27.4"}} {
		t.Run(tt.v.name+tt.toolchain, func(t *testing.T) {
			t.Parallel()
			tg := start(t, build(t, "heap", tt.v, tt.toolchain), "3")
			m, err := tg.MemStats()
			if err != nil {
				t.Fatal(err)
			}
			var alloc, objects, mallocs, frees, total, inuse, idle, released, next, gc, pause, stacks, span, cache, buck, gcsys, other uint64
			var goroutines int
			for _, l := range tg.said {
				fmt.Sscanf(l, "stats alloc=%d objects=%d mallocs=%d frees=%d total=%d inuse=%d idle=%d released=%d next=%d gc=%d pause=%d stacks=%d span=%d cache=%d buck=%d gcsys=%d other=%d goroutines=%d",
					&alloc, &objects, &mallocs, &frees, &total, &inuse, &idle, &released, &next, &gc, &pause, &stacks, &span, &cache, &buck, &gcsys, &other, &goroutines)
			}
			t.Logf("%+v", m)
			for _, c := range []struct {
				name        string
				got, want   uint64
				slack, grow uint64
			}{
				{"HeapAlloc", m.HeapAlloc, alloc + 60*48, 0, 64 << 10}, {"Objects", m.Objects, objects + 60, 0, 200},
				{"Mallocs", m.Mallocs, mallocs + 60, 0, 200}, {"Frees", m.Frees, frees, 0, 100}, {"TotalAlloc", m.TotalAlloc, total + 60*48, 0, 64 << 10},
				{"HeapInUse", m.HeapInUse, inuse, 0, 256 << 10}, {"HeapIdle", m.HeapFree + m.HeapReleased, idle, 512 << 10, 128 << 10}, // what the stacks below give back is idle
				{"spans", m.HeapInUse + m.HeapFree + m.HeapReleased + m.Stacks + m.WorkBufs, inuse + idle + stacks + m.WorkBufs, 64 << 10, 256 << 10}, // the collector's buffers, counted by it in GCSys, become idle too
				{"NextGC", m.NextGC, next, 0, 0}, {"NumGC", m.NumGC, gc, 0, 0},
				{"PauseTotal", uint64(m.PauseTotal), pause, 0, 0}, {"Stacks", m.Stacks, stacks, 128 << 10, 128 << 10}, {"SpanSys", m.SpanSys, span, 0, 128 << 10},
				{"CacheSys", m.CacheSys, cache, 0, 0}, {"ProfileSys", m.ProfileSys, buck, 0, 64 << 10}, {"GCSys", m.GCSys + m.WorkBufs, gcsys, 256 << 10, 256 << 10},
				{"OtherSys", m.OtherSys, other, 512 << 10, 512 << 10}, {"Goroutines", uint64(m.Goroutines), uint64(goroutines), 0, 0},
			} {
				if c.got+c.slack < c.want || c.got > c.want+c.grow {
					t.Errorf("%s: %d, the program says %d", c.name, c.got, c.want)
				}
			}
			if m.Marked == 0 || m.Marked > m.HeapAlloc+m.HeapAlloc/4 || !m.Settled || m.StackBytes == 0 || m.StackBytes > m.Stacks+m.ThreadSys+1<<20 || m.SystemG == 0 {
				t.Errorf("%+v", m)
			}
		})
	}
}
