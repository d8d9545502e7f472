package malloc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// compile builds a C program of testdata.
func compile(t testing.TB, source string, flags ...string) string {
	t.Helper()
	return compileBy(t, "gcc", source, flags...)
}

func compileBy(t testing.TB, compiler, source string, flags ...string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), strings.TrimSuffix(source, ".c"))
	build(t, compiler, bin, source, flags...)
	return bin
}

func build(t testing.TB, compiler, out, source string, flags ...string) {
	t.Helper()
	args := append([]string{"-O1", "-pthread", "-w", "-o", out, filepath.Join("testdata", source)}, flags...)
	if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", compiler, strings.Join(args, " "), err, out)
	}
}

// churn starts a program, and returns it when it waits, with what it says it holds.
func churn(t testing.TB, bin string, env []string, args ...string) (*proc.Process, map[uint64]uint64) {
	t.Helper()
	c := exec.Command(bin, args...)
	c.Env = append(os.Environ(), env...)
	prog := running.Start(t, c)
	held := map[uint64]uint64{}
	for _, line := range prog.Until(t, "end") {
		var addr, size uint64
		if n, err := fmt.Sscanf(line, "0x%x %d", &addr, &size); n != 2 {
			t.Fatalf("%q: %v", line, err)
		}
		held[addr] = size
	}
	p, err := proc.Open(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	return p, held
}

func read(t testing.TB, p *proc.Process) *malloc.Heap {
	t.Helper()
	maps, err := p.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	h, err := malloc.Read(context.Background(), p, maps, malloc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Everything that is held is found, with its size, and nothing else of these sizes
// but what the C library itself holds.
func TestChurn(t *testing.T) {
	shared, static := compile(t, "churn.c"), compile(t, "churn.c", "-static")
	for _, c := range []struct {
		name, bin string
		env, args []string
	}{
		{"one thread", shared, nil, []string{"0"}},
		{"five threads", shared, nil, []string{"4"}},
		{"noncontiguous", shared, nil, []string{"2", "200000", "noncontiguous"}},
		{"others move the break", shared, nil, []string{"1", "200000", "shared-break"}},
		{"no caches", shared, []string{"GLIBC_TUNABLES=glibc.malloc.tcache_count=0"}, []string{"2"}},
		{"large caches", shared, []string{"GLIBC_TUNABLES=glibc.malloc.tcache_count=1000"}, []string{"2"}},
		{"two arenas for five threads", shared, []string{"MALLOC_ARENA_MAX=2"}, []string{"4"}},
		{"static", static, nil, []string{"2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, held := churn(t, c.bin, c.env, c.args...)
			checkChurn(t, p, held)
		})
	}
}

// checkChurn compares what a program says it holds with what is found.
func checkChurn(t *testing.T, p *proc.Process, held map[uint64]uint64) *malloc.Heap {
	t.Helper()
	start := time.Now()
	h := read(t, p)
	took := time.Since(start)
	found := map[uint64]uint64{}
	for _, k := range h.Chunks {
		found[k.Addr] = k.Size
	}
	missing, wrong := 0, 0
	for addr, size := range held {
		n, ok := found[addr]
		switch {
		case !ok:
			if missing++; missing < 4 {
				t.Errorf("%#x of %d bytes is missing", addr, size)
			}
		case n < size || n > size+64 && n > size+2*4096:
			if wrong++; wrong < 4 {
				t.Errorf("%#x has %d bytes, asked for were %d", addr, n, size)
			}
		}
	}
	for _, d := range h.Damaged {
		t.Errorf("damaged: %+v", d)
	}
	extra := len(found) - (len(held) - missing)
	t.Logf("%d held, %d missing, %d more, %d arenas, %d caches, %d bytes missed, %v", len(held), missing, extra, len(h.Arenas), h.Caches, h.Missed, took)
	if len(held) < 5000 {
		t.Errorf("only %d chunks were held", len(held))
	}
	// Tables, threads and stdio of the C library itself.
	if extra > 40 {
		t.Errorf("%d chunks more than are held", extra)
	}
	if h.Missed != 0 {
		t.Errorf("%d bytes of the arenas were not found", h.Missed)
	}
	return h
}

// A program without C has no heap of its own.
func TestNone(t *testing.T) {
	p, err := proc.Open(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	maps, err := p.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	if malloc.Recognise(maps) != malloc.None {
		t.Skip("this test is linked with C")
	}
	if _, err := malloc.Read(context.Background(), p, maps, malloc.Options{}); !errors.Is(err, malloc.ErrNone) {
		t.Errorf("%v", err)
	}
}
