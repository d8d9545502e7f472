package gort_test

import (
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// profiles are the builds that the profiler must be switched on in.
var profiles = []struct {
	v         variant
	toolchain string
}{
	{plain, ""}, {stripped, ""}, {strippedPIE, ""}, {externalPIE, ""}, {plain, "go1.25.11"}, {stripped, "go1.25.11"},
	{plain, "go1.27.4"}, {stripped, "go1.27.4"},
}

// A program that imports no profiler has none: its rate is 0. With a rate set
// from outside it notes what it allocates and frees, at the right lines.
func TestMemProfile(t *testing.T) {
	for _, tt := range profiles {
		t.Run(tt.v.name+tt.toolchain, func(t *testing.T) {
			t.Parallel()
			tg := start(t, build(t, "leaking", tt.v, tt.toolchain))
			var addr uint64
			var own int64
			if _, err := fmt.Sscanf(tg.said[0], "rate 0x%x %d", &addr, &own); err != nil {
				t.Fatal(err)
			}
			if rate, ok := tg.MemProfileRate(); !ok || rate != own || own != 0 {
				t.Fatalf("the rate is %d, %v, want %d, of a program without a profiler", rate, ok, own)
			}
			// The runtime's first allocation may come before it knows that it has none.
			if before, err := tg.MemBuckets(); err != nil || len(before) > 1 {
				t.Fatalf("%d buckets, %v, before there was a rate", len(before), err)
			}
			const rate = 4096
			restore, err := tg.SetMemProfileRate(tg.process, rate)
			if err != nil {
				t.Fatal(err)
			}
			if v, ok := tg.Word(addr); !ok || v != rate {
				t.Fatalf("the variable at %#x is %d, %v: another was written to", addr, v, ok)
			}
			var before []gort.Bucket
			tg.awaitBuckets(t, func(b []gort.Bucket) bool { before = b; return len(b) >= 4 })
			at := map[string]gort.Bucket{}
			tg.awaitBuckets(t, func(now []gort.Bucket) bool {
				clear(at)
				for _, b := range gort.BucketsSince(before, now) {
					if calls := tg.BucketCalls(&b); len(calls) > 0 {
						c := calls[0]
						at[fmt.Sprintf("%s %d", c.Function, b.Size)] = b
						if strings.HasPrefix(c.Function, "main.") && (filepath.Base(c.File) != "main.go" || c.Line < 15) {
							t.Errorf("%s is at %s:%d", c.Function, c.File, c.Line)
						}
					}
				}
				return at["main.leak 3072"].Settled.AllocObjects > 50 && at["main.throw 10240"].Settled.FreeObjects > 50 && at["main.inlined 6144"].AllocObjects > 0
			})
			if b := at["main.leak 3072"]; b.FreeObjects != 0 || b.AllocBytes != b.AllocObjects*3072 {
				t.Errorf("of what is kept: %+v", b)
			}
			if b := at["main.throw 10240"]; b.Settled.AllocObjects > b.Settled.FreeObjects+2 || b.FreeBytes != b.FreeObjects*10240 {
				t.Errorf("of what is thrown away: %+v", b)
			}
			if calls := tg.BucketCalls(new(at["main.inlined 6144"])); len(calls) < 3 || calls[1].Function != "main.main" || calls[2].Function != "runtime.main" {
				t.Errorf("the stack of an inlined call: %v", calls)
			}
			if err := restore(); err != nil {
				t.Fatal(err)
			}
			if rate, ok := tg.MemProfileRate(); !ok || rate != 0 {
				t.Errorf("afterwards the rate is %d, %v", rate, ok)
			}
			if !tg.process.Alive() {
				t.Error("the program has ended")
			}
		})
	}
}

// What the program itself sets meanwhile stays.
func TestRestoreLeavesTheProgramsOwnRate(t *testing.T) {
	tg := start(t, build(t, "leaking", plain, ""))
	first, err := tg.SetMemProfileRate(tg.process, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tg.SetMemProfileRate(tg.process, 2<<20); err != nil {
		t.Fatal(err)
	}
	if err := first(); err != nil {
		t.Fatal(err)
	}
	if rate, _ := tg.MemProfileRate(); rate != 2<<20 {
		t.Errorf("the rate is %d", rate)
	}
	if _, err := tg.SetMemProfileRate(tg.process, -1); err == nil {
		t.Error("a negative rate is taken")
	}
}

func (tg *target) awaitBuckets(t testing.TB, done func([]gort.Bucket) bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; runtime.Gosched() {
		b, err := tg.MemBuckets()
		if err != nil {
			t.Fatal(err)
		}
		if done(b) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the profile does not get where it should: %v", b)
		}
	}
}

func TestScale(t *testing.T) {
	for _, tt := range []struct {
		objects, bytes uint64
		rate           int64
		want           float64 // objects
	}{
		{0, 0, 512 << 10, 0}, {5, 0, 512 << 10, 0}, {7, 700, 1, 7}, {7, 700, 0, 7},
		{1, 512 << 10, 512 << 10, 1 / (1 - math.Exp(-1))}, {10, 10, 1000, 10 / (1 - math.Exp(-0.001))}, {3, 3 << 30, 1000, 3},
	} {
		o, b := gort.Scale(tt.objects, tt.bytes, tt.rate)
		if math.Abs(o-tt.want) > 1e-6*tt.want {
			t.Errorf("Scale(%d, %d, %d) = %v objects, want %v", tt.objects, tt.bytes, tt.rate, o, tt.want)
		}
		if tt.objects > 0 && o > 0 && math.Abs(b/o-float64(tt.bytes)/float64(tt.objects)) > 1e-6*b {
			t.Errorf("Scale(%d, %d, %d): objects of %v bytes", tt.objects, tt.bytes, tt.rate, b/o)
		}
	}
}

func TestBucketsSince(t *testing.T) {
	b := func(stack, size, alloc, free uint64) gort.Bucket {
		return gort.Bucket{Stack: []uint64{stack}, Size: size, AllocObjects: alloc, AllocBytes: alloc * size, FreeObjects: free, FreeBytes: free * size}
	}
	got := gort.BucketsSince([]gort.Bucket{b(1, 16, 5, 2), b(2, 16, 9, 9), b(1, 32, 7, 0)},
		[]gort.Bucket{b(3, 8, 4, 1), b(1, 32, 7, 0), b(2, 16, 9, 8), b(1, 16, 8, 3)})
	want := []gort.Bucket{b(3, 8, 4, 1), b(1, 16, 3, 1)}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// image is a program's file as memory.
type image struct{ bin *gort.Binary }

func (m image) ReadAt(p []byte, addr uint64) error {
	for _, s := range m.bin.File.Progs {
		if addr >= s.Vaddr && addr-s.Vaddr <= s.Filesz && uint64(len(p)) <= s.Filesz-(addr-s.Vaddr) {
			_, err := s.ReadAt(p, int64(addr-s.Vaddr))
			return err
		}
	}
	return proc.ErrRead
}

func (m image) ReadMany(ranges []proc.Range) {
	for i := range ranges {
		ranges[i].OK = m.ReadAt(ranges[i].Buf, ranges[i].Addr) == nil
	}
}

// What is written to in a stripped program must be the right variable: the code
// leads to the one that the symbol names, and to no other.
func TestVariablesByCode(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		for _, toolchain := range []string{"", "go1.25.11", "go1.27.4"} {
			t.Run(arch+toolchain, func(t *testing.T) {
				t.Parallel()
				v := plain
				v.arch = arch
				bin, err := gort.OpenBinary(build(t, "leaking", v, toolchain))
				if err != nil {
					t.Fatal(err)
				}
				defer bin.Close()
				rates, buckets, rate, head, err := gort.ByCode(bin, image{bin})
				if err != nil {
					t.Fatal(err)
				}
				if len(rates) != 1 || rates[0] != rate || rate == 0 {
					t.Errorf("MemProfileRate: %#x, want %#x", rates, rate)
				}
				if len(buckets) == 0 || buckets[0] != head || head == 0 {
					t.Errorf("mbuckets: %#x, want %#x", buckets, head)
				}
			})
		}
	}
}
