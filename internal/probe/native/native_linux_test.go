package native_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/native"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// build builds a program of testdata with cgo.
func build(t testing.TB, name string) string {
	t.Helper()
	return buildWith(t, name, nil)
}

func buildWith(t testing.TB, name string, env []string, flags ...string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), name)
	c := exec.Command("go", append(append([]string{"build", "-o", bin}, flags...), "./testdata/"+name)...)
	c.Env = append(append(os.Environ(), "CGO_ENABLED=1"), env...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// musls are the ways to link a program with musl.
var musls = []struct{ name, flags string }{{"static", "-linkmode external -extldflags -static"}, {"dynamic", "-linkmode external"}}

// buildMusl builds a program of testdata with musl, where there is a compiler for it
// (Debian: musl-tools).
func buildMusl(t testing.TB, name, flags string) string {
	t.Helper()
	if _, err := exec.LookPath("musl-gcc"); err != nil {
		t.Skip(err)
	}
	return buildWith(t, name, []string{"CC=musl-gcc"}, "-ldflags", flags)
}

// freeze makes a frozen copy; on a busy machine a thread may be late to its stop.
func freeze(a *attach.Target) (snap *proc.Snapshot, err error) {
	for range 20 {
		if snap, err = a.Process.Snapshot(context.Background(), proc.SnapshotOptions{}); !errors.Is(err, proc.ErrNotStopped) {
			break
		}
	}
	return snap, err
}

// classes starts a program that writes "class address" for chunks, and then "ready".
func classes(t *testing.T, exe string) (*attach.Target, map[uint64]malloc.Reach) {
	t.Helper()
	prog := running.Start(t, exec.Command(exe))
	want := map[uint64]malloc.Reach{}
	for _, line := range prog.Until(t, "ready") {
		var class string
		var addr uint64
		if n, err := fmt.Sscanf(line, "%s 0x%x", &class, &addr); n != 2 {
			t.Fatalf("%q: %v", line, err)
		}
		want[addr] = map[string]malloc.Reach{"held": malloc.Held, "lost": malloc.Lost}[class]
	}
	a, err := attach.Process(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a, want
}

func TestLost(t *testing.T) { testLost(t, build(t, "leaky"), malloc.Glibc) }

func TestLostMusl(t *testing.T) {
	for _, m := range musls {
		t.Run(m.name, func(t *testing.T) { testLost(t, buildMusl(t, "leaky", m.flags), malloc.Musl) })
	}
}

func testLost(t *testing.T, exe string, allocator malloc.Allocator) {
	a, want := classes(t, exe)
	snap, err := freeze(a)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	maps, err := snap.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	l, err := native.Take(context.Background(), a.Program.In(snap), snap, maps, snap.Threads, snap.Vectors)
	if err != nil {
		t.Fatal(err)
	}
	if l.Heap.Allocator != allocator {
		t.Errorf("the allocator is %s", l.Heap.Allocator)
	}
	var lost, found, others int
	for i, c := range l.Heap.Chunks {
		w, ours := want[c.Addr]
		got := l.Marks.Reach[i]
		switch {
		case ours && w == malloc.Lost:
			lost++
			if got == malloc.Lost {
				found++
			} else {
				by := l.Marks.By[i]
				kind := "chunk"
				if by < 0 && int(-1-by) < len(l.Roots) {
					kind = fmt.Sprintf("root kind %d %#x", l.Roots[-1-by].Kind, l.Roots[-1-by].Lo)
				}
				t.Logf("%#x is lost, but %v by %s through %#x", c.Addr, got, kind, l.Marks.Word[i])
			}
		case ours && got != w:
			t.Errorf("%#x of %d bytes is %d, not %d", c.Addr, c.Size, got, w)
		case !ours && got == malloc.Lost:
			others++
			t.Logf("%#x of %d bytes of C's own is lost", c.Addr, c.Size)
		}
		delete(want, c.Addr)
	}
	for addr := range want {
		t.Errorf("%#x was not found", addr)
	}
	t.Logf("%d of %d lost found, %d others; %d chunks; walk %v, Go %v, mark %v", found, lost, others, len(l.Heap.Chunks), l.Walk, l.Go, l.Mark)
	if lost < 1500 || found < lost*99/100 || others > 0 {
		t.Errorf("%d of %d lost chunks were found, and %d others", found, lost, others)
	}
}
