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
	r, err := Run(context.Background(), stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID, Toolkit: a.Toolkit}, Options{Interval: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	h := &r.Heap
	fmt.Printf("%+v\n%v\n", r.Probe, r.Limits)
	for _, l := range h.Looks {
		fmt.Printf("%+v\n", l)
	}
	for i, g := range h.Types {
		if i < 12 {
			fmt.Println(g.Name, g.Count, g.Bytes, g.Retained, g.Package, g.Trend)
		}
	}
	for i, g := range h.Roots {
		if i < 8 {
			fmt.Println(" root", g.Name, g.Count, g.Bytes, g.Origin)
		}
	}
	for i, g := range h.Sites {
		if i < 8 {
			fmt.Println(" site", g.Name, g.Count, g.Bytes, g.Origin)
		}
	}
	for _, x := range h.Suspects {
		fmt.Println("-", x.Kind, x.Type, x.Count, x.Bytes, "new", x.New, fmt.Sprintf("%+v", x.Trend), "suspect", x.Suspect)
		if x.Container != nil {
			fmt.Printf("    container %+v\n", *x.Container)
		}
		if x.Blocked != nil {
			fmt.Printf("    blocked %s %s proof %v stacks %d\n", x.Blocked.WaitReason, x.Blocked.Object, x.Blocked.Proof, x.Blocked.Stacks)
		}
		if x.Shown != nil {
			fmt.Printf("    shown %+v\n", *x.Shown)
		}
		for i, f := range x.Site {
			if i < 3 {
				fmt.Println("    site", f.Function, f.File, f.Line)
			}
		}
		for _, k := range x.Chain {
			fmt.Printf("     %s %s %s %q len %d ret %d %s %s\n", k.Kind, k.Name, k.Type, k.Ref, k.Len, k.Retained, k.Origin, k.Label)
		}
	}
}
