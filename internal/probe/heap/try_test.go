package heap

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/stacks"
)

func TestTry(t *testing.T) {
	pid, _ := strconv.Atoi(os.Getenv("TRY"))
	if pid == 0 {
		t.Skip()
	}
	a, err := attach.Process(pid)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	l, err := read(context.Background(), stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID, Toolkit: a.Toolkit}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("read", time.Since(start))
	fmt.Printf("%+v odd %+v typed %.3f owned %.3f roots %d descs %d\n", l.heap.Totals(), l.heap.Odd, l.typed, l.owned, len(l.heap.Roots()), l.heap.DescNumbers())
	fmt.Printf("%+v\n", l.stats)
	start = time.Now()
	l.findPoints()
	fmt.Println("points", len(l.points), time.Since(start))
	start = time.Now()
	l.countTypes()
	fmt.Println("types + dominators", time.Since(start))
	for i, g := range typeGroups([]*look{l}) {
		if i < 25 {
			fmt.Println(g.Name, g.Count, g.Bytes, g.Retained, g.Package)
		}
	}
	l.countRoots()
	for i, g := range rootGroups([]*look{l}) {
		if i < 12 {
			fmt.Println(" root", g.Name, g.Count, g.Bytes, g.Origin)
		}
	}
	start = time.Now()
	s := l.goroutineSuspects(nil)
	fmt.Println("blocked", len(s), time.Since(start))
	s2 := l.backingSuspects()
	fmt.Println("backing", len(s2), time.Since(start))
	for _, x := range append(s, s2...) {
		fmt.Println("-", x.Kind, x.Type, x.Count, x.Bytes)
		for _, k := range x.Chain {
			fmt.Printf("     %s %s %s %q len %d ret %d\n", k.Kind, k.Name, k.Type, k.Ref, k.Len, k.Retained)
		}
	}
}
