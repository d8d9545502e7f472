package heap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

// memory is a target's memory with words in it and zeros elsewhere.
type memory map[uint64]uint64

func (m memory) ReadAt(p []byte, addr uint64) error {
	for i := 0; i+8 <= len(p); i += 8 {
		binary.LittleEndian.PutUint64(p[i:], m[addr+uint64(i)])
	}
	return nil
}

func (m memory) ReadMany(ranges []proc.Range) {
	for i := range ranges {
		ranges[i].OK = m.ReadAt(ranges[i].Buf, ranges[i].Addr) == nil
	}
}

const (
	kb = 1 << 10
	mb = 1 << 20
)

// mapping makes a mapping, private, readable and writable.
func mapping(start, size, rss uint64, path string) proc.Usage {
	return proc.Usage{Mapping: proc.Mapping{Start: start, End: start + size, Path: path, Read: true, Write: true}, RSS: rss}
}

func with(u proc.Usage, change func(u *proc.Usage)) proc.Usage {
	change(&u)
	return u
}

func private(u *proc.Usage) { u.Read, u.Write = false, false } // nobody may touch it
func shared(u *proc.Usage)  { u.Shared = true }
func file(u *proc.Usage)    { u.Inode = 7 }

// divided divides mappings of which all is resident that RSS says, from the start.
func divided(maps []proc.Usage, goes *gort.HeapMap, m gort.MemStats, live, garbage int64, mem memory, sps ...uint64) *evidence.MemoryAccount {
	if goes == nil {
		goes = &gort.HeapMap{}
	}
	d := divider{maps: maps, goes: goes, stats: &m, live: live, garbage: garbage, mem: mem, sps: sps,
		resident: func(start, _ uint64, f func(start, end uint64)) error {
			for _, u := range maps {
				if u.Start == start {
					f(start, start+u.RSS)
				}
			}
			return nil
		}}
	return d.divide()
}

func TestDivide(t *testing.T) {
	const arena = 0xc000000000
	goArena := &gort.HeapMap{Pages: []gort.HeapPages{
		{Span: gort.Span{Lo: arena, Hi: arena + 10*mb}, Use: gort.PagesHeap},
		{Span: gort.Span{Lo: arena + 10*mb, Hi: arena + 12*mb}, Use: gort.PagesManual},
		{Span: gort.Span{Lo: arena + 12*mb, Hi: arena + 64*mb}, Use: gort.PagesFree},
	}}
	tables := &gort.HeapMap{Metadata: []gort.Span{{Lo: 0x7f0000000000, Hi: 0x7f0000000000 + 256*kb}}}
	const m = 0x7f1000000000
	for _, tt := range []struct {
		name          string
		maps          []proc.Usage
		goes          *gort.HeapMap
		stats         gort.MemStats
		live, garbage int64
		mem           memory
		sps           []uint64
		want          map[evidence.MemoryKind]int64 // KiB in memory
	}{
		{name: "a Go arena", maps: []proc.Usage{mapping(arena, 64*mb, 16*mb, "")}, goes: goArena,
			stats: gort.MemStats{HeapInUse: 10 * mb, HeapFree: 52 * mb, Stacks: 1536 * kb, WorkBufs: 512 * kb}, live: 6 * mb, garbage: 3 * mb,
			want: map[evidence.MemoryKind]int64{evidence.MemoryLive: 6 << 10, evidence.MemoryGarbage: 3 << 10, evidence.MemoryFree: 5 << 10,
				evidence.MemoryStacks: 1536, evidence.MemoryRuntime: 512}},
		{name: "an arena half in memory", maps: []proc.Usage{mapping(arena, 64*mb, 5*mb, "")}, goes: goArena,
			stats: gort.MemStats{HeapInUse: 10 * mb}, live: 8 * mb, garbage: 2 * mb,
			want: map[evidence.MemoryKind]int64{evidence.MemoryLive: 4 << 10, evidence.MemoryGarbage: 1 << 10}},
		{name: "the runtime's tables, and what the kernel joined to them",
			maps: []proc.Usage{mapping(0x7f0000000000, mb, mb, "")}, goes: tables, stats: gort.MemStats{OtherSys: 400 * kb},
			want: map[evidence.MemoryKind]int64{evidence.MemoryRuntime: 400, evidence.MemoryAnonymous: 624}},
		{name: "named by Go", maps: []proc.Usage{mapping(m, mb, mb, "[anon: Go: scavenge index]")},
			want: map[evidence.MemoryKind]int64{evidence.MemoryRuntime: 1024}},
		{name: "named by another", maps: []proc.Usage{mapping(m, mb, mb, "[anon:dalvik]")},
			want: map[evidence.MemoryKind]int64{evidence.MemoryAnonymous: 1024}},
		{name: "the heap of C", maps: []proc.Usage{mapping(m, mb, 900*kb, "[heap]")},
			want: map[evidence.MemoryKind]int64{evidence.MemoryCHeap: 900}},
		{name: "an arena of glibc", maps: []proc.Usage{mapping(m, 2*mb, mb, ""), with(mapping(m+2*mb, 62*mb, 0, ""), private)},
			want: map[evidence.MemoryKind]int64{evidence.MemoryCHeap: 1024}},
		{name: "aligned by chance", maps: []proc.Usage{mapping(m, 2*mb, mb, ""), with(mapping(m+2*mb, 2*mb, 0, ""), private)},
			want: map[evidence.MemoryKind]int64{evidence.MemoryAnonymous: 1024}},
		{name: "two mapped by malloc beside a stranger", maps: []proc.Usage{mapping(m+4*kb, 2*mb, 2*mb, "")},
			mem:  memory{m + 4*kb + 8: 256*kb | 2, m + 4*kb + 512*kb + 8: mb | 2},
			want: map[evidence.MemoryKind]int64{evidence.MemoryCHeap: 1280, evidence.MemoryAnonymous: 768}},
		{name: "a size that cannot be", maps: []proc.Usage{mapping(m+4*kb, mb, mb, "")},
			mem:  memory{m + 4*kb + 8: 1<<40 | 2, m + 8*kb + 8: 256*kb | 3, m + 12*kb + 8: 4*kb | 2},
			want: map[evidence.MemoryKind]int64{evidence.MemoryAnonymous: 1024}},
		{name: "stacks of C", maps: []proc.Usage{with(mapping(m, 4*kb, 0, ""), private), mapping(m+4*kb, 8*mb-4*kb, 100*kb, ""),
			with(mapping(m+8*mb, 4*kb, 0, ""), private), mapping(m+8*mb+4*kb, 8*mb-4*kb, 60*kb, "")}, sps: []uint64{m + 8*mb - 512},
			want: map[evidence.MemoryKind]int64{evidence.MemoryCStacks: 160}},
		{name: "small stacks of C", maps: []proc.Usage{with(mapping(m, 4*kb, 0, ""), private), mapping(m+4*kb, 256*kb, 100*kb, ""),
			with(mapping(m+mb, 4*kb, 0, ""), private), mapping(m+mb+4*kb, 64*kb, 60*kb, "")}, sps: []uint64{m + 64*kb},
			want: map[evidence.MemoryKind]int64{evidence.MemoryCStacks: 100, evidence.MemoryAnonymous: 60}},
		{name: "a guard, and no stack", maps: []proc.Usage{with(mapping(m, 4*kb, 0, ""), private), mapping(m+4*kb, mb, mb, "")},
			want: map[evidence.MemoryKind]int64{evidence.MemoryAnonymous: 1024}},
		{name: "the main thread's stack", maps: []proc.Usage{mapping(m, 132*kb, 20*kb, "[stack]")},
			want: map[evidence.MemoryKind]int64{evidence.MemoryCStacks: 20}},
		{name: "a program, its variables and its zeros", maps: []proc.Usage{with(mapping(0x400000, mb, 700*kb, "/usr/bin/orders"), file),
			with(mapping(0x500000, 64*kb, 64*kb, "/usr/bin/orders"), file), mapping(0x510000, 192*kb, 100*kb, "")},
			want: map[evidence.MemoryKind]int64{evidence.MemoryFiles: 864}},
		{name: "graphics, shared memory, files", maps: []proc.Usage{with(mapping(m, mb, 512*kb, "/dev/dri/renderD128"), shared),
			with(mapping(m+mb, mb, 256*kb, "/memfd:wayland-shm (deleted)"), shared), with(mapping(m+2*mb, mb, 128*kb, "/SYSV00000000 (deleted)"), shared),
			with(mapping(m+3*mb, mb, 64*kb, ""), shared), with(mapping(m+4*mb, mb, 32*kb, "/usr/share/fonts/a.ttf"), shared), mapping(m+5*mb, 8*kb, 4*kb, "[vdso]")},
			want: map[evidence.MemoryKind]int64{evidence.MemoryGPU: 512, evidence.MemoryShared: 448, evidence.MemoryFiles: 36}},
		{name: "nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := divided(tt.maps, tt.goes, tt.stats, tt.live, tt.garbage, tt.mem, tt.sps...)
			var rss, sum int64
			for _, u := range tt.maps {
				rss += int64(u.RSS)
			}
			got := map[evidence.MemoryKind]int64{}
			for _, p := range a.Part {
				sum += p.RSS
				if p.RSS != 0 {
					got[p.Name] = p.RSS >> 10
				}
				if p.Size < 0 || p.RSS < 0 {
					t.Errorf("%+v", p)
				}
			}
			if a.RSS != rss || sum != rss {
				t.Errorf("RSS %d, parts %d, want %d", a.RSS, sum, rss)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// What came or went between the two readings changes no sum; where pages cannot
// be told apart, what is shared by several uses is not explained.
func TestDivideReconciles(t *testing.T) {
	const arena = 0xc000000000
	goes := &gort.HeapMap{Pages: []gort.HeapPages{{Span: gort.Span{Lo: arena, Hi: arena + 4*mb}, Use: gort.PagesHeap}}}
	for _, tt := range []struct {
		name        string
		resident    uint64 // that the second reading says
		unexplained int64
		err         error
	}{{"less", 1 * mb, 0, nil}, {"more", 4 * mb, 0, nil}, {"as before", 2 * mb, 0, nil}, {"unreadable", 0, 2 * mb, errors.New("no page map")}} {
		maps := []proc.Usage{mapping(arena, 64*mb, 2*mb, "")}
		d := divider{maps: maps, goes: goes, stats: &gort.MemStats{HeapInUse: 4 * mb}, live: 4 * mb, mem: memory{},
			resident: func(start, _ uint64, f func(start, end uint64)) error {
				if tt.err == nil {
					f(start, start+tt.resident)
				}
				return tt.err
			}}
		a := d.divide()
		if u := d.part(evidence.MemoryUnexplained).RSS; a.RSS != 2*mb || u != tt.unexplained {
			t.Errorf("%s: %+v", tt.name, a)
		}
	}
}

func TestShares(t *testing.T) {
	for _, tt := range []struct {
		total   int64
		weights []int64
		want    string
	}{
		{100, []int64{1, 1, 2}, "[25 25 50]"}, {10, []int64{1, 1, 1}, "[3 3 4]"}, {7, []int64{0, 0}, "[0 7]"}, {0, []int64{3, 4}, "[0 0]"},
		{1 << 40, []int64{1 << 62, 1 << 62}, "[549755813888 549755813888]"},
	} {
		if got := fmt.Sprint(shares(tt.total, tt.weights...)); got != tt.want {
			t.Errorf("shares(%d, %v) = %s, want %s", tt.total, tt.weights, got, tt.want)
		}
	}
}

func TestTimeline(t *testing.T) {
	tl := NewTimeline()
	tl.Add(evidence.MemorySample{GC: 1})
	tl.Add(evidence.MemorySample{GC: 2})
	if fresh, v, _, ended := tl.News(); len(fresh) != 2 || v.Collections != 1 || v.Needed != 3 || ended {
		t.Errorf("%d new, %+v", len(fresh), v)
	}
	tl.Add(evidence.MemorySample{GC: 3})
	tl.End()
	if fresh, v, at, ended := tl.News(); len(fresh) != 1 || v.Collections != 2 || !ended || at < 0 || len(tl.All()) != 3 {
		t.Errorf("%d new, %+v, %v", len(fresh), v, ended)
	}
}
