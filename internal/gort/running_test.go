package gort_test

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// find returns the goroutines that have the function on their stack, or at its
// start.
func find(p *gort.Program, gs []*gort.Goroutine, function string) []*gort.Goroutine {
	var out []*gort.Goroutine
	for _, g := range gs {
		if f, ok := p.FindFunc(g.StartPC); ok && f.Name() == function {
			out = append(out, g)
		}
	}
	return out
}

// lineOf returns the number of the first line of a program's source that has text.
func lineOf(t *testing.T, program, text string) int {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", program, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if strings.Contains(lines.Text(), text) {
			return n
		}
	}
	t.Fatalf("no line of %s has %q", program, text)
	return 0
}

// A goroutine that has not run yet stands at its function's start, and one that
// was preempted in a loop at that loop.
func TestRunnable(t *testing.T) {
	tg := start(t, build(t, "fresh", stripped, ""))
	tr := tg.tracer(t)
	var fresh []*gort.Goroutine
	tg.await(t, func(gs []*gort.Goroutine) bool {
		main := find(tg.Program, gs, "runtime.main")
		spin := find(tg.Program, gs, "main.spin")
		if len(main) != 1 || main[0].StatusName() != "running" || len(spin) != 1 || spin[0].StatusName() != "runnable" {
			return false
		}
		g, err := tg.Sample(main[0].Addr, gort.Options{Stopper: tr})
		if err != nil || len(g.Frames) == 0 || g.Frames[0].Func.Name() != "internal/runtime/syscall/linux.Syscall6" && !strings.Contains(g.Frames[0].Func.Name(), "Syscall6") {
			return false
		}
		if f := g.Frames[len(g.Frames)-1].Func.Name(); g.Cut != "" || f != "runtime.goexit" {
			t.Errorf("the running goroutine's stack ends at %s: %s", f, g.Cut)
		}
		fresh = gs
		return true
	})
	spin := find(tg.Program, fresh, "main.spin")
	if len(spin) != 1 || spin[0].StatusName() != "runnable" || spin[0].Cut != "" {
		t.Fatalf("the goroutine that spins: %v", spin)
	}
	in := false
	for i := range spin[0].Frames {
		in = in || spin[0].Frames[i].Func.Name() == "main.spin"
	}
	if !in {
		t.Errorf("main.spin is not on its stack: %v", accountOf(tg.Program, spin[0]))
	}
	// It was started behind main's back: its turn has come if main was preempted
	// in the instant between, and then it is gone.
	for _, g := range fresh {
		if a := accountOf(tg.Program, g); g.ID > 1 && strings.Contains(a.made, "main.main ") && g != spin[0] {
			if g.StatusName() != "runnable" || g.Cut != "" || len(g.Frames) != 2 || g.Frames[1].Func.Name() != "runtime.goexit" {
				t.Errorf("a goroutine that has not run: %v, cut %q", a, g.Cut)
			}
			if !strings.HasPrefix(a.frames[0], "main.main.gowrap1 ") && !strings.HasPrefix(a.frames[0], "main.justStarted ") {
				t.Errorf("it stands at %s", a.frames[0])
			}
		}
	}
}

// A goroutine that computes is seen at its very line.
func TestRunning(t *testing.T) {
	want := lineOf(t, "busy", "// the spin")
	for _, v := range []variant{stripped, externalPIE} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			tg := start(t, build(t, "busy", v, ""), "spin")
			tr := tg.tracer(t)
			for _, o := range []gort.Options{{Stopper: tr}, {Stopper: tr, StopAll: true}} {
				hits := 0
				tg.await(t, func([]*gort.Goroutine) bool {
					s, err := tg.Goroutines(o)
					if err != nil {
						t.Fatal(err)
					}
					g := find(tg.Program, s.Goroutines, "main.spinHere")
					if len(g) != 1 {
						t.Fatalf("%d goroutines spin", len(g))
					}
					if g[0].StatusName() != "running" || g[0].Cut != "" {
						return false // preempted at this moment, or in a signal handler
					}
					if len(g[0].System) > 0 || g[0].Frames[0].Func.Name() != "main.spinHere" {
						return false // being preempted
					}
					calls := tg.Calls(&g[0].Frames[0])
					if calls[0].Line == want-2 {
						return false // at the function's first line: it has not begun to spin
					}
					if len(g[0].Frames) != 2 || calls[0].Line != want && calls[0].Line != want-1 {
						t.Errorf("it spins at %v, want line %d", accountOf(tg.Program, g[0]).frames, want)
					}
					if g[0].Regs == nil || g[0].TID == 0 {
						t.Error("no registers, or no thread")
					}
					hits++
					return hits == 20
				})
			}
			if s, err := tg.Goroutines(gort.Options{}); err != nil {
				t.Error(err)
			} else if g := find(tg.Program, s.Goroutines, "main.spinHere"); g[0].StatusName() == "running" && g[0].Cut == "" {
				t.Error("a running goroutine that was not stopped has a stack that is not cut")
			}
		})
	}
}

// chains are the ways in which the functions of testdata/busy call each other,
// outermost first, with the runtime's frames and sync's left out.
var chains = regexp.MustCompile(`^(` + strings.Join([]string{
	`locker( lockA| lockB( lockA)?)?`,
	`sender( push)?`,
	`receiver( pull| pullTwo( pull)?)?`,
	`grower( grow){0,301}`,
	`caller( callOne( writeOut)?| callTwo( writeAgain( writeOut)?)?)?`,
	`starter`,
	`starter\.gowrap1( child)?`,
	`thrower( throwOne( caught)?)?`,
	`collector`,
	`main`,
}, `|`) + `)$`)

// mainChain is a goroutine's stack as chains has it.
func mainChain(p *gort.Program, g *gort.Goroutine) string {
	var names []string
	for i := len(g.Frames) - 1; i >= 0; i-- {
		calls := p.Calls(&g.Frames[i])
		for j := len(calls) - 1; j >= 0; j-- {
			if rest, ok := strings.CutPrefix(calls[j].Function, "main."); ok && !strings.HasPrefix(rest, "main.gowrap") {
				names = append(names, rest)
			}
		}
	}
	return strings.Join(names, " ")
}

// Under load each stack must be one that the program can have, whole or cut for
// a reason that is allowed.
func TestConsistentUnderLoad(t *testing.T) {
	snapshots := 200
	if testing.Short() {
		snapshots = 40
	}
	tg := start(t, build(t, "busy", stripped, ""))
	tr := tg.tracer(t)
	const runs, moved = "it runs, and its thread was not stopped", "the goroutine moved on while it was read"
	// A thread that is caught between two stacks, or in a signal handler, does not
	// say where its goroutine stands.
	const between, switches = "a return address is not in Go code", "a function that switches stacks"
	views := []struct {
		name    string
		options gort.Options
		cuts    []string // allowed for those that run
		moves   bool     // parked ones may have moved on
	}{
		{"while it runs", gort.Options{}, []string{runs}, true},
		{"stopping threads", gort.Options{Stopper: tr}, []string{runs, moved, between, switches}, true},
		{"stopped", gort.Options{Stopper: tr, StopAll: true}, []string{runs, moved, between, switches}, false},
	}
	for _, v := range views {
		t.Run(v.name, func(t *testing.T) {
			whole, cut := 0, map[string]int{}
			wrong := map[string]int{}
			for range snapshots {
				s, err := tg.Goroutines(v.options)
				if err != nil {
					t.Fatal(err)
				}
				seen := map[uint64]bool{}
				for _, g := range s.Goroutines {
					if seen[g.ID] {
						t.Errorf("goroutine %d is there twice", g.ID)
					}
					seen[g.ID] = true
					if g.Cut != "" {
						// One whose stack is being moved runs on its thread's own stack.
						ran := g.StatusName() == "running" || g.StatusName() == "copystack"
						if !(ran && slices.Contains(v.cuts, g.Cut) || !ran && v.moves && g.Cut == moved) {
							t.Errorf("a goroutine, %s, is cut: %s", g.StatusName(), g.Cut)
						}
						cut[g.Cut]++
						continue
					}
					whole++
					if chain := mainChain(tg.Program, g); chain != "" && !chains.MatchString(chain) {
						wrong[chain+" "+g.StatusName()]++
					}
				}
			}
			for chain, n := range wrong {
				t.Errorf("%d times a stack that cannot be: %s", n, chain)
			}
			t.Logf("%d whole, cut: %v", whole, cut)
			if n := cut[runs] + cut[moved] + cut[between] + cut[switches]; n > whole/4 {
				t.Errorf("%d stacks were cut, %d were not", n, whole)
			}
		})
	}
}
