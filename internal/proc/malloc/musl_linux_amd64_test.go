package malloc_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// needMusl skips the test where there is no compiler for musl (Debian: musl-tools).
func needMusl(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("musl-gcc"); err != nil {
		t.Skip(err)
	}
}

func TestChurnMusl(t *testing.T) {
	needMusl(t)
	shared, static := compileBy(t, "musl-gcc", "churn.c"), compileBy(t, "musl-gcc", "churn.c", "-static", "-s")
	for _, c := range []struct {
		name, bin string
		args      []string
	}{
		{"one thread", shared, []string{"0"}},
		{"five threads", shared, []string{"4"}},
		{"no break", shared, []string{"2", "200000", "noncontiguous"}},
		{"static, without symbols", static, []string{"2"}},
		{"static, one thread", static, []string{"0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, held := churn(t, c.bin, nil, c.args...)
			h := checkChurn(t, p, held)
			if h.Allocator != malloc.Musl || c.bin == shared && h.Version == "" {
				t.Errorf("the allocator is %s %q", h.Allocator, h.Version)
			}
			// musl knows how much was asked for.
			for _, k := range h.Chunks {
				if n, ok := held[k.Addr]; ok && k.Size != max(n, 1) {
					t.Fatalf("%#x has %d bytes, asked for were %d", k.Addr, k.Size, n)
				}
			}
		})
	}
}

func TestMarkMusl(t *testing.T) {
	needMusl(t)
	for _, flags := range [][]string{{"-s"}, {"-static", "-s"}} {
		t.Run(flags[0], func(t *testing.T) { testMark(t, compileBy(t, "musl-gcc", "lost.c", flags...)) })
	}
}

// What stays is found in each of many frozen copies, whatever the threads were doing,
// and nothing looks damaged.
func TestSnapshotsUnderChurn(t *testing.T) {
	for _, c := range []struct {
		name, compiler string
		flags          []string
	}{{"glibc", "gcc", nil}, {"musl", "musl-gcc", nil}, {"musl static", "musl-gcc", []string{"-static", "-s"}}} {
		t.Run(c.name, func(t *testing.T) {
			if c.compiler == "musl-gcc" {
				needMusl(t)
			}
			p, held := churn(t, compileBy(t, c.compiler, "steady.c", c.flags...), nil)
			for range 25 {
				snap, err := p.Snapshot(context.Background(), proc.SnapshotOptions{})
				for errors.Is(err, proc.ErrNotStopped) { // its threads have to wait for a CPU
					snap, err = p.Snapshot(context.Background(), proc.SnapshotOptions{})
				}
				if err != nil {
					t.Fatal(err)
				}
				maps, err := snap.Mappings()
				if err != nil {
					t.Fatal(err)
				}
				h, err := malloc.Read(context.Background(), snap, maps, malloc.Options{})
				if err != nil {
					t.Fatal(err)
				}
				for addr, size := range held {
					if i := h.Find(addr); size > 0 && (i < 0 || h.Chunks[i].Addr != addr || h.Chunks[i].Size < size) {
						t.Fatalf("%#x of %d bytes is missing, or not whole", addr, size)
					}
				}
				for _, d := range h.Damaged {
					t.Errorf("damaged: %+v", d)
				}
				if err := snap.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestOverrunMusl(t *testing.T) {
	needMusl(t)
	for _, flags := range [][]string{nil, {"-static", "-s"}} {
		bin := compileBy(t, "musl-gcc", "overrun.c", flags...)
		for _, by := range []string{"1", "4", "30"} {
			p, at := churn(t, bin, nil, by)
			h := read(t, p)
			if len(h.Damaged) == 0 {
				t.Errorf("%s bytes beyond the end are not seen", by)
				continue
			}
			for addr := range at { // where 30 bytes were written, it is not known any more how much was asked for
				if d := h.Damaged[0]; d.Addr != addr && (by != "30" || d.Addr-addr > 16) || d.Why != malloc.Overrun || byte(d.Value) != 'x' {
					t.Errorf("%s bytes beyond %#x: %+v", by, addr, h.Damaged)
				}
			}
		}
	}
}

// words is memory that consists of one piece.
type words struct {
	at uint64
	b  []byte
}

func (w *words) ReadAt(p []byte, addr uint64) error {
	off := addr - w.at
	if addr < w.at || off > uint64(len(w.b)) || uint64(len(w.b))-off < uint64(len(p)) {
		return proc.ErrRead
	}
	copy(p, w.b[off:])
	return nil
}

func (w *words) ReadMany([]proc.Range) {}

// The allocator of before 1.2.1 is recognised by its bins.
func TestOldMusl(t *testing.T) {
	const base, mal = 0x601000, 0x601100
	w := &words{base, make([]byte, 8192)}
	put := func(addr, v uint64) { binary.LittleEndian.PutUint64(w.b[addr-base:], v) }
	bin := func(i uint64) uint64 { return mal + 8 + 24*i + 8 } // of its links
	for i := range uint64(40) {
		put(bin(i), bin(i)-16)
		put(bin(i)+8, bin(i)-16)
	}
	chunk := uint64(base + 6000&^15)
	put(mal, 1<<50) // one bin has a chunk
	put(bin(50), chunk)
	put(bin(50)+8, chunk)
	put(chunk+16, bin(50)-16)
	put(chunk+24, bin(50)-16)
	put(chunk+8, 96)
	put(chunk+96, 96)
	maps := []proc.Mapping{{Start: base, End: base + 8192, Path: "/bin/app", Inode: 1, Read: true, Write: true}}
	h, err := malloc.Read(context.Background(), w, maps, malloc.Options{})
	if err != malloc.ErrOther || h.Allocator != malloc.OldMusl {
		t.Errorf("%v, %+v", err, h)
	}
	put(bin(50)+8, chunk+32) // torn
	if h, err = malloc.Read(context.Background(), w, maps, malloc.Options{}); err != malloc.ErrNone {
		t.Errorf("%v, %+v", err, h)
	}
}

// Allocators that replace the C library's are told by what they export, whatever the
// name of their file is.
func TestReplaced(t *testing.T) {
	bin := compile(t, "overrun.c")
	for _, c := range []struct {
		extra string
		want  malloc.Allocator
	}{{"mallctl", malloc.Jemalloc}, {"mi_malloc", malloc.Mimalloc}, {"tc_malloc", malloc.TCMalloc}} {
		lib := filepath.Join(t.TempDir(), "libsomething.so")
		build(t, "gcc", lib, "replaced.c", "-shared", "-fPIC", "-DEXTRA="+c.extra)
		p, _ := churn(t, bin, []string{"LD_PRELOAD=" + lib}, "0")
		maps, err := p.Mappings()
		if err != nil {
			t.Fatal(err)
		}
		if h, err := malloc.Read(context.Background(), p, maps, malloc.Options{}); err != malloc.ErrOther || h.Allocator != c.want {
			t.Errorf("%s: %v, %+v", c.extra, err, h)
		}
	}
	lib := filepath.Join(t.TempDir(), "libsomething.so")
	build(t, "gcc", lib, "replaced.c", "-shared", "-fPIC")
	p, _ := churn(t, bin, []string{"LD_PRELOAD=" + lib}, "0")
	maps, err := p.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	if h, err := malloc.Read(context.Background(), p, maps, malloc.Options{}); h.Unknown != "libsomething.so" {
		t.Errorf("%v, %+v", err, h)
	}
}
