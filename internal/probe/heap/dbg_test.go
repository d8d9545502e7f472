package heap

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/gomedic/gomedic/internal/gort/heap"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/stacks"
	"github.com/gomedic/gomedic/internal/proc"
)

func TestDbg(t *testing.T) {
	pid, _ := strconv.Atoi(os.Getenv("TRY"))
	if pid == 0 {
		t.Skip()
	}
	a, err := attach.Process(pid)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := a.Process.Snapshot(context.Background(), proc.SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	l, err := read(context.Background(), stacks.Target{Process: a.Process, Program: a.Program.In(snap), Evidence: &a.ID, Toolkit: a.Toolkit}, snap.Threads, nil)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("typed", l.typed, l.owned, "open", len(l.gui.open), "closed", len(l.gui.closed), "widgets", len(l.gui.widgets), "images", len(l.gui.images), l.gui.version)
	for _, id := range l.gui.open {
		v, ok := l.gui.window(id)
		z, zok := l.zero(v)("driver")
		f, fok := l.enter(v, "driver")
		fmt.Println(typeName(l.heap.Desc(id)), ok, v.t.Name, z, zok, f.t, fok)
		w1, _ := l.prog.Word(f.addr)
		w2, _ := l.prog.Word(f.addr + 8)
		fmt.Printf("%x %x\n", w1, w2)

	}
	l.heap.Each(func(id heap.ID, _ uint64) {
		d := l.heap.Desc(id)
		if d.Type != nil && l.heap.Live(id) && (d.Type.Name == os.Getenv("TYPE")) {
			fmt.Println(typeName(d), d.Kind, d.Type.FullName(), l.heap.Size(id))
			for _, k := range l.chain(id) {
				fmt.Printf("     %s %s %s %q len %d ret %d %s %s\n", k.Kind, k.Name, k.Type, k.Ref, k.Len, k.Retained, k.Origin, k.Label)
			}
		}
	})
}
