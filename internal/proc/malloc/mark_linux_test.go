package malloc_test

import (
	"context"
	"fmt"
	"os/exec"
	"testing"

	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// rootsOf are the writable memory outside of the heap, stacks from where threads
// stand.
func rootsOf(h *malloc.Heap, maps []proc.Mapping, threads map[int]proc.Registers) (out []malloc.Root) {
	for i := range maps {
		m := &maps[i]
		if !m.Read || m.Exec || m.Shared || !m.Write && m.Path == "" { // variables may be read-only once set (RELRO)
			continue
		}
		lo, kind := m.Start, malloc.RootOther
		if m.Path != "" {
			kind = malloc.RootGlobal
		}
		for _, r := range threads {
			if m.Contains(r.SP) {
				lo, kind = r.SP-128, malloc.RootStack
			}
		}
		for _, s := range h.Spans {
			if s.Hi <= lo || s.Lo >= m.End {
				continue
			}
			if s.Lo > lo {
				out = append(out, malloc.Root{Span: malloc.Span{Lo: lo, Hi: s.Lo}, Kind: kind})
			}
			lo = s.Hi
		}
		if lo < m.End {
			out = append(out, malloc.Root{Span: malloc.Span{Lo: lo, Hi: m.End}, Kind: kind})
		}
	}
	return out
}

func TestMark(t *testing.T) {
	for _, flags := range [][]string{nil, {"-static"}} {
		t.Run(fmt.Sprint(flags), func(t *testing.T) { testMark(t, compile(t, "lost.c", flags...)) })
	}
}

func testMark(t *testing.T, bin string) {
	prog := running.Start(t, exec.Command(bin))
	want := map[uint64]malloc.Reach{}
	for _, line := range prog.Until(t, "end") {
		var class string
		var addr uint64
		if n, err := fmt.Sscanf(line, "%s 0x%x", &class, &addr); n != 2 {
			t.Fatalf("%q: %v", line, err)
		}
		want[addr] = map[string]malloc.Reach{"held": malloc.Held, "lost": malloc.Lost, "possibly": malloc.Possibly}[class]
	}
	if len(want) < 3000 {
		t.Fatalf("the program holds only %d chunks", len(want))
	}
	p, err := proc.Open(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := p.Snapshot(context.Background(), proc.SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	maps, err := snap.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	h, err := malloc.Read(context.Background(), snap, maps, malloc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var registers []uint64
	for _, r := range snap.Threads {
		registers = append(registers, r.All...)
	}
	m, err := malloc.Mark(context.Background(), snap, h, rootsOf(h, maps, snap.Threads), registers)
	if err != nil {
		t.Fatal(err)
	}
	var lost, found, leaders int
	for i, c := range h.Chunks {
		w, ours := want[c.Addr]
		switch got := m.Reach[i]; {
		case ours && w == malloc.Lost:
			lost++
			if got == malloc.Lost {
				found++
			} else {
				t.Logf("%#x is lost, but %v by %d through %#x", c.Addr, got, m.By[i], m.Word[i])
			}
			if m.Leads(i) {
				leaders++
			}
		case ours && got != w, !ours && got == malloc.Lost:
			t.Errorf("%#x of %d bytes is %d, not %d", c.Addr, c.Size, got, w)
		}
	}
	t.Logf("%d of %d lost found, %d lead; %d chunks, %d words", found, lost, leaders, len(h.Chunks), m.Words)
	if lost < 2000 || found < lost*99/100 {
		t.Errorf("%d of %d lost chunks were found", found, lost)
	}
	// 500 single ones, a chain, a ring and a large one; in two threads.
	if leaders < 1000 || leaders > 1006+lost-found {
		t.Errorf("%d lead", leaders)
	}
}
