package heap

import (
	"path/filepath"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
)

func part(a *evidence.MemoryAccount, k evidence.MemoryKind) evidence.MemoryPart {
	for _, p := range a.Part {
		if p.Name == k {
			return p
		}
	}
	return evidence.MemoryPart{}
}

// Each program uses 100 MiB in one way, and that is where they are found.
func TestAccountOfPrograms(t *testing.T) {
	const mb = 1 << 20
	plain, withC := build(t, "kinds", false), build(t, "kinds", true)
	stripped := build(t, "kinds", true, "-buildmode=pie", "-ldflags=-s -w")
	file := filepath.Join(t.TempDir(), "mapped")
	for _, tt := range []struct {
		name, exe string
		args      []string
		kind      evidence.MemoryKind
		from, to  int64 // MiB
		others    int64 // MiB: what else there may be
	}{
		{"live", plain, []string{"live", "collect"}, evidence.MemoryLive, 98, 104, 14},
		{"live, stripped", stripped, []string{"live", "collect"}, evidence.MemoryLive, 98, 104, 18},
		{"many objects", plain, []string{"small", "collect"}, evidence.MemoryLive, 120, 150, 120},
		{"garbage", plain, []string{"collect", "garbage"}, evidence.MemoryGarbage, 98, 104, 14},
		{"released", plain, []string{"live", "released"}, evidence.MemoryFree, 0, 10, 14},
		{"a mapped file", withC, []string{"file", file}, evidence.MemoryFiles, 100, 110, 14},
		{"shared memory", plain, []string{"shared"}, evidence.MemoryShared, 100, 101, 14},
		{"mmap", withC, []string{"anonymous"}, evidence.MemoryAnonymous, 100, 102, 20},
		{"goroutines", plain, []string{"goroutines"}, evidence.MemoryStacks, 39, 80, 40},
		{"malloc", withC, []string{"c"}, evidence.MemoryCHeap, 99, 112, 20},
		{"malloc, stripped", stripped, []string{"c", "live"}, evidence.MemoryCHeap, 99, 112, 125},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tg := start(t, tt.exe, tt.args...)
			a, err := Account(tg.Process, tg.Program, -1, -1)
			if err != nil {
				t.Fatal(err)
			}
			var sum int64
			for _, p := range a.Part {
				t.Logf("%-12s %8.1f MB of %8.1f", p.Name, float64(p.RSS)/mb, float64(p.Size)/mb)
				sum += p.RSS
				if p.RSS < 0 {
					t.Errorf("%s has %d bytes", p.Name, p.RSS)
				}
			}
			if sum != a.RSS {
				t.Errorf("the parts are %d bytes, RSS %d", sum, a.RSS)
			}
			if rss := int64(tg.Process.RSS()); max(rss, a.RSS)-min(rss, a.RSS) > 4*mb {
				t.Errorf("RSS is %d, the kernel says %d", a.RSS, rss)
			}
			got := part(a, tt.kind)
			if got.RSS < tt.from*mb || got.RSS > tt.to*mb {
				t.Errorf("%s has %.1f MB, want %d to %d", tt.kind, float64(got.RSS)/mb, tt.from, tt.to)
			}
			if others := a.RSS - got.RSS; others > tt.others*mb {
				t.Errorf("%.1f MB are something else", float64(others)/mb)
			}
			if u := part(a, evidence.MemoryUnexplained).RSS; u > a.RSS/100 {
				t.Errorf("%d bytes are not explained", u)
			}
		})
	}
}
