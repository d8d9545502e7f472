package diagnose

import (
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// recorded is a program that was recorded for ten seconds, in which the C heap grew by
// so many bytes.
func recorded(grew int64, sites ...evidence.NativeSite) *evidence.Evidence {
	return &evidence.Evidence{Target: evidence.Target{Kind: evidence.KindProcess, PID: 4711, Name: "app", MainModule: "example.com/app"},
		Native: &evidence.Native{Allocator: "glibc", Sites: sites,
			Looks:     []evidence.NativeLook{{Chunks: 100, Bytes: 1 << 20, System: 2 << 20}, {At: 10 * time.Second, Chunks: 200, Bytes: 1<<20 + grew, System: 2<<20 + grew}},
			Recording: &evidence.NativeRecording{On: 10 * time.Second, Span: 10 * time.Second, Windows: 1, Aged: 100 * time.Millisecond}}}
}

// unwalked is the same of an allocator that is recorded only.
func unwalked(allocated, freed uint64, sites ...evidence.NativeSite) *evidence.Evidence {
	ev := recorded(0, sites...)
	ev.Native.Allocator, ev.Native.Looks = "jemalloc", nil
	ev.Native.Recording.Allocated, ev.Native.Recording.Freed = allocated, freed
	return ev
}

var (
	goStack = []evidence.Frame{
		{Function: "malloc", File: "libc.so.6", Origin: evidence.OriginC},
		{Function: "runtime.cgocall", Origin: evidence.OriginRuntime},
		{Function: "main._Cfunc_CString", File: "_cgo_gotypes.go", Origin: evidence.OriginUser},
		{Function: "main.title.func1", File: "/src/app/title.go", Line: 12, Package: "main", Origin: evidence.OriginUser, Inlined: true},
		{Function: "main.title", File: "/src/app/title.go", Line: 12, Package: "main", Origin: evidence.OriginUser},
	}
	cStack = []evidence.Frame{
		{Function: "malloc", File: "libc.so.6", Origin: evidence.OriginC},
		{Function: "strdup", File: "libc.so.6", Origin: evidence.OriginC},
		{Function: "sample_add", File: "libsample.so.1", Origin: evidence.OriginC},
	}
)

func site(stack []evidence.Frame, c int, change func(*evidence.NativeSite)) evidence.NativeSite {
	s := evidence.NativeSite{Stack: stack, C: c, Allocated: 1000, AllocatedBytes: 24000, Freed: 1000, FreedBytes: 24000, Series: []int64{0, 24, 0, 24, 0, 0, 24, 0}}
	change(&s)
	return s
}

func TestNative(t *testing.T) {
	held := func(s *evidence.NativeSite) {
		s.Freed, s.Left, s.LeftBytes, s.Grown, s.Quarters = 0, 1000, 24000, 1, [4]int64{250, 250, 250, 250}
	}
	for _, tt := range []struct {
		name  string
		ev    *evidence.Evidence
		id    string // empty: nothing
		title string // part of it
		where string
		sev   report.Severity
	}{
		{"freed", recorded(0, site(goStack, 1, func(*evidence.NativeSite) {})), "", "", "", ""},
		{"lost", recorded(24000, site(goStack, 1, func(s *evidence.NativeSite) {
			s.Freed, s.Left, s.LeftBytes, s.Lost, s.LostBytes = 0, 1000, 24000, 990, 23760
		})), leakCgo, "are lost", "main.title", report.P2},
		{"one in a thousand", recorded(24000, site(goStack, 1, func(s *evidence.NativeSite) {
			s.Freed, s.Left, s.LeftBytes, s.Lost, s.LostBytes = 990, 10, 240, 10, 240
		})), leakCgo, "are lost", "main.title", report.P2},
		{"one lost chunk", recorded(24000, site(goStack, 1, func(s *evidence.NativeSite) {
			s.Freed, s.Left, s.LeftBytes, s.Lost, s.LostBytes = 999, 1, 24, 1, 24
		})), "", "", "", ""},
		{"fast", recorded(20<<20, site(goStack, 1, func(s *evidence.NativeSite) {
			s.Freed, s.Left, s.LeftBytes, s.Lost, s.LostBytes = 0, 1000, 20<<20, 1000, 20<<20
		})), leakCgo, "MiB a second", "main.title", report.P1},
		{"held and growing", recorded(24000, site(goStack, 1, held)), leakCgo, "nothing of it goes", "main.title", report.P2},
		{"held, but the heap did not grow", recorded(0, site(goStack, 1, func(s *evidence.NativeSite) {
			held(s)
			s.Grown = 0.1
		})), "", "", "", ""},
		{"held for some seconds", recorded(12000, site(goStack, 1, func(s *evidence.NativeSite) {
			held(s)
			s.Quarters = [4]int64{0, 0, 300, 700}
		})), "", "", "", ""},
		{"made when the program warmed up", recorded(24000, site(goStack, 1, func(s *evidence.NativeSite) {
			held(s)
			s.Quarters = [4]int64{1000, 0, 0, 0}
		})), "", "", "", ""},
		{"a block that rises", recorded(800<<10, site(goStack, 1, func(s *evidence.NativeSite) {
			s.Allocated, s.AllocatedBytes, s.Freed, s.Left, s.LeftBytes = 100, 50<<20, 99, 1, 900<<10
			s.Series = []int64{100 << 10, 200 << 10, 300 << 10, 400 << 10, 500 << 10, 600 << 10, 700 << 10, 900 << 10}
		})), leakCgo, "larger and larger", "main.title", report.P2},
		{"a block that rises and falls", recorded(0, site(goStack, 1, func(s *evidence.NativeSite) {
			s.Allocated, s.AllocatedBytes, s.Freed, s.Left, s.LeftBytes = 100, 50<<20, 99, 1, 900<<10
			s.Series = []int64{100 << 10, 900 << 10, 300 << 10, 400 << 10, 100 << 10, 600 << 10, 200 << 10, 900 << 10}
		})), "", "", "", ""},
		{"a heap that is not walked", unwalked(1010, 10, site(goStack, 1, held)), leakCgo, "nothing of it goes", "main.title", report.P2},
		{"a cache in a heap that is not walked", unwalked(1010, 1005, site(goStack, 1, held)), "", "", "", ""},
		{"C's own thread", recorded(24000, site(cStack, 3, func(s *evidence.NativeSite) {
			s.Freed, s.Left, s.LeftBytes, s.Lost, s.LostBytes = 0, 1000, 24000, 1000, 24000
		})), leakNative, "sample_add, in C", "sample_add", report.P2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Native(tt.ev)
			if tt.id == "" {
				if len(got) > 0 {
					t.Fatalf("%s: %s", got[0].ID, got[0].Title)
				}
				return
			}
			if len(got) != 1 {
				t.Fatalf("%d findings", len(got))
			}
			f := got[0]
			if f.ID != tt.id || f.Severity != tt.sev || f.Where == nil || f.Where.Function != tt.where || !strings.Contains(f.Title.In(text.English), tt.title) {
				t.Errorf("%s %s at %+v: %s", f.ID, f.Severity, f.Where, f.Title)
			}
			if len(f.Why) == 0 || len(f.Remedy) == 0 || f.Confidence <= 0 || f.Confidence > 1 {
				t.Errorf("why %d, remedies %d, confidence %v", len(f.Why), len(f.Remedy), f.Confidence)
			}
		})
	}
}

func TestNativeLooks(t *testing.T) {
	look := func(change func(*evidence.NativeLook, *evidence.Native)) *evidence.Evidence {
		n := &evidence.Native{Allocator: "glibc", Looks: []evidence.NativeLook{{Chunks: 1000, Bytes: 10 << 20, System: 12 << 20}}}
		change(&n.Looks[0], n)
		return &evidence.Evidence{Native: n}
	}
	for _, tt := range []struct {
		name string
		ev   *evidence.Evidence
		id   string
		sev  report.Severity
		say  string
	}{
		{"healthy", look(func(*evidence.NativeLook, *evidence.Native) {}), "", "", ""},
		{"a little is lost", look(func(l *evidence.NativeLook, _ *evidence.Native) { l.Lost, l.LostBytes = 30, 20000 }), "", "", ""},
		{"much is lost", look(func(l *evidence.NativeLook, n *evidence.Native) {
			l.Lost, l.LostBytes = 300, 2<<20
			n.Lost = []evidence.NativeGroup{{Size: 7000, Holds: evidence.HoldsText, Name: "<svg>", Count: 300}}
		}), leakNative, report.P2, "nothing points to them"},
		{"it was lost earlier", look(func(l *evidence.NativeLook, n *evidence.Native) {
			l.Lost, l.LostBytes = 300, 2<<20
			n.Looks = append(n.Looks, *l)
			n.Recording = &evidence.NativeRecording{On: 10 * time.Second, Span: 10 * time.Second, Windows: 1}
		}), leakNative, report.Info, "nothing points to them"},
		{"fragmented", look(func(l *evidence.NativeLook, _ *evidence.Native) { l.System, l.Free = 200<<20, 180<<20 }), leakNative, report.Info, "not a leak"},
		{"arenas of threads", look(func(l *evidence.NativeLook, n *evidence.Native) {
			l.System, l.Free = 200<<20, 180<<20
			n.Arenas = []evidence.NativeArena{{Main: true, Free: 10 << 20}, {Free: 90 << 20}, {Free: 80 << 20}}
		}), leakNative, report.Info, "arenas of 2 threads"},
		{"damaged", look(func(_ *evidence.NativeLook, n *evidence.Native) {
			n.Damage = []evidence.NativeDamage{{Addr: 0x1000, Kind: "size", Value: 0x4141414141414141, Text: "AAAA", Before: 0xf00, Size: 0xe8, Holds: "name"}, {Addr: 0x2000, Kind: "new kind"}}
		}), heapCorrupt, report.P1, "0x4141414141414141"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Native(tt.ev)
			if tt.id == "" {
				if len(got) > 0 {
					t.Fatalf("%s: %s", got[0].ID, got[0].Title)
				}
				return
			}
			if len(got) != 1 || got[0].ID != tt.id || got[0].Severity != tt.sev || !strings.Contains(got[0].Title.In(text.English), tt.say) {
				t.Fatalf("%+v", got)
			}
		})
	}
}
