package roots_test

import (
	"fmt"
	"strings"
	"testing"
)

// Whatever the moment at which a program is stopped, what it will still use must be
// reached: the roots of goroutines that run, wait, are preempted, panic or allocate.
func TestChurn(t *testing.T) {
	stops := 150
	if testing.Short() {
		stops = 30
	}
	for _, v := range []struct {
		name, toolchain, cgo string
		flags                []string
	}{
		{"go1.26", "", "0", []string{"-ldflags=-s -w"}},
		{"cgo", "", "1", []string{"-ldflags=-s -w"}},
		{"go1.25", "go1.25.11", "0", nil},
		{"go1.27", "go1.27.4", "0", []string{"-ldflags=-s -w"}},
	} {
		t.Run(v.name, func(t *testing.T) {
			if testing.Short() && v.toolchain != "" {
				t.Skip("builds with another toolchain, which may have to be fetched")
			}
			tg := start(t, build(t, "churn", v.toolchain, v.cgo, v.flags...), "main.")
			var addr uint64
			var workers uint64
			if n, err := fmt.Sscanf(strings.Join(tg.said, "\n"), "table 0x%x %d", &addr, &workers); n != 2 {
				t.Fatal(err)
			}
			used, cut, running := 0, 0, 0
			for range stops {
				f := look(t, tg, addr, workers)
				cut += f.stats.Cut
				for _, g := range f.gs {
					if g.StatusName() == "running" {
						running++
					}
				}
				for i, box := range f.table {
					o, ok := f.objects[box]
					if box == 0 {
						continue
					}
					used++
					if !ok {
						t.Errorf("box %#x is no object", box)
					} else if _, held := f.reach[o]; !held {
						t.Errorf("nothing holds the box of worker %d", i)
						for _, g := range f.gs {
							var names []string
							for k := range g.Frames {
								names = append(names, g.Frames[k].Func.Name())
							}
							if strings.Contains(fmt.Sprint(names), "main.") {
								t.Logf("goroutine %d %s %s cut %q: %v", g.ID, g.StatusName(), g.WaitReason, g.Cut, names)
							}
						}
						t.FailNow()
					}
				}
			}
			t.Logf("%d boxes in use, %d goroutines running, %d stacks cut", used, running, cut)
			if used < stops {
				t.Errorf("%d boxes were in use in %d stops", used, stops)
			}
		})
	}
}
