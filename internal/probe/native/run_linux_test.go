package native_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/native"
	"github.com/gomedic/gomedic/internal/probe/stacks"
)

// start starts a program of testdata, waits until it is ready, and attaches.
func start(t *testing.T, exe string, args ...string) *attach.Target {
	t.Helper()
	prog := running.Start(t, exec.Command(exe, args...))
	prog.Lines.Scan()
	a, err := attach.Process(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func run(t *testing.T, a *attach.Target, o native.Options) *native.Result {
	t.Helper()
	res, err := native.Run(context.Background(), stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID}, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range res.Limits {
		t.Log(l.Why)
	}
	return res
}

// of is the sum of the sites on whose stack a Go function is.
func of(n *evidence.Native, function string) (sum evidence.NativeSite) {
	for i := range n.Sites {
		s := &n.Sites[i]
		for j := range s.Stack {
			if s.Stack[j].Function != function {
				continue
			}
			if sum.Stack == nil {
				sum.Stack, sum.C, sum.Whole, sum.Holds = s.Stack, s.C, s.Whole, s.Holds
			}
			sum.Allocated += s.Allocated
			sum.Freed += s.Freed
			sum.Left += s.Left
			sum.LeftBytes += s.LeftBytes
			sum.Lost += s.Lost
			break
		}
	}
	return sum
}

func TestRun(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	exe := build(t, "leaks")
	for _, tt := range []struct {
		name    string
		args    []string
		windows int
	}{{"all the time", nil, 1}, {"in windows", []string{"many"}, 3}} {
		t.Run(tt.name, func(t *testing.T) {
			res := run(t, start(t, exe, tt.args...), native.Options{For: 6 * time.Second})
			n := &res.Native
			if n.Recording == nil || n.Recording.Windows != tt.windows || n.Recording.Unseen != 0 {
				t.Fatalf("recorded: %+v", n.Recording)
			}
			t.Logf("%+v", *n.Recording)
			loses, keeps, pairs, finalized := of(n, "main.loses"), of(n, "main.keeps"), of(n, "main.pairs"), of(n, "main.finalized")
			if loses.Left < 3 || loses.Lost < loses.Left*9/10 || loses.Freed != 0 || loses.Holds != evidence.HoldsText {
				t.Errorf("of %d left, %d are lost, %d were freed; they hold %s", loses.Left, loses.Lost, loses.Freed, loses.Holds)
			}
			if keeps.Left < 3 || keeps.Lost != 0 || keeps.Freed != 0 {
				t.Errorf("of %d kept, %d are lost, %d were freed", keeps.Left, keeps.Lost, keeps.Freed)
			}
			if pairs.Allocated < 100 || pairs.Left != 0 {
				t.Errorf("of %d that are freed at once, %d are left", pairs.Allocated, pairs.Left)
			}
			if finalized.Allocated < 3 || finalized.Lost != 0 {
				t.Errorf("of %d that finalizers free, %d are lost", finalized.Allocated, finalized.Lost)
			}
			var c []string
			for _, f := range loses.Stack[:loses.C] {
				c = append(c, f.Function)
			}
			if s := strings.Join(c, " "); !loses.Whole || !strings.Contains(s, "malloc") || !strings.Contains(s, "strdup copy") {
				t.Errorf("the C stack is %q, whole: %v", s, loses.Whole)
			}
			if k := len(n.Looks); k != tt.windows+1 {
				t.Errorf("%d looks", k)
			}
			if res.Probe.Stops == 0 || res.Probe.StoppedMS <= 0 {
				t.Errorf("the cost is %+v", res.Probe)
			}
		})
	}
}

// Linked with musl, the same is found.
func TestRunMusl(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	for _, m := range musls {
		t.Run(m.name, func(t *testing.T) {
			res := run(t, start(t, buildMusl(t, "leaks", m.flags)), native.Options{For: 4 * time.Second})
			n := &res.Native
			if n.Allocator != "musl" || n.Recording == nil || n.Recording.Unseen != 0 || len(n.Damage) > 0 || len(res.Limits) > 0 {
				t.Fatalf("%s, damage %v, recorded %+v, limits %v", n.Allocator, n.Damage, n.Recording, res.Limits)
			}
			loses, keeps, pairs, finalized := of(n, "main.loses"), of(n, "main.keeps"), of(n, "main.pairs"), of(n, "main.finalized")
			if loses.Left < 3 || loses.Lost < loses.Left*9/10 || loses.Freed != 0 || loses.Allocated < loses.Left {
				t.Errorf("of %d left, %d are lost, %d were freed", loses.Left, loses.Lost, loses.Freed)
			}
			if keeps.Left < 3 || keeps.Lost != 0 || keeps.Freed != 0 {
				t.Errorf("of %d kept, %d are lost, %d were freed", keeps.Left, keeps.Lost, keeps.Freed)
			}
			if pairs.Allocated < 100 || pairs.Left != 0 {
				t.Errorf("of %d that are freed at once, %d are left", pairs.Allocated, pairs.Left)
			}
			if finalized.Allocated < 3 || finalized.Lost != 0 {
				t.Errorf("of %d that finalizers free, %d are lost", finalized.Allocated, finalized.Lost)
			}
		})
	}
}

// Also without symbols: malloc and free are found by what calls them.
func TestRunMuslStripped(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	res := run(t, start(t, buildMusl(t, "leaks", `-s -w -linkmode external -extldflags "-static -s"`)), native.Options{For: 4 * time.Second})
	n := &res.Native
	if n.Recording == nil || n.Recording.Unseen != 0 || len(res.Limits) != 1 {
		t.Fatalf("recorded %+v, limits %v", n.Recording, res.Limits)
	}
	loses, keeps, pairs := of(n, "main.loses"), of(n, "main.keeps"), of(n, "main.pairs")
	if loses.Left < 3 || loses.Lost < loses.Left*9/10 || loses.Freed != 0 || loses.LeftBytes != 20*loses.Left {
		t.Errorf("of %d left (%d bytes), %d are lost, %d were freed", loses.Left, loses.LeftBytes, loses.Lost, loses.Freed)
	}
	if keeps.Left < 3 || keeps.Lost != 0 || keeps.Freed != 0 {
		t.Errorf("of %d kept, %d are lost, %d were freed", keeps.Left, keeps.Lost, keeps.Freed)
	}
	if pairs.Allocated < 100 || pairs.Left != 0 {
		t.Errorf("of %d that are freed at once, %d are left", pairs.Allocated, pairs.Left)
	}
}

// In a static program no hooks can be set: probes record instead, and that is said.
func TestExactStatic(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	res := run(t, start(t, buildMusl(t, "leaks", musls[0].flags)), native.Options{For: 2 * time.Second, Exact: true})
	if loses := of(&res.Native, "main.loses"); loses.Left < 3 || loses.Lost < loses.Left*9/10 || len(res.Limits) != 1 {
		t.Errorf("of %d left, %d are lost; limits %v", loses.Left, loses.Lost, res.Limits)
	}
}

// A malloc of which nothing is known is recorded, and named where it may have a heap of
// its own.
func TestUnknownAllocator(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	for extra, name := range map[string]string{"": "", "-DEXTRA=mallctl": "jemalloc"} {
		lib := filepath.Join(t.TempDir(), "libsomething.so")
		args := []string{"-O1", "-shared", "-fPIC", "-o", lib, "../../proc/malloc/testdata/replaced.c"}
		if extra != "" {
			args = append(args, extra)
		}
		if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		exe := build(t, "leaks")
		t.Setenv("LD_PRELOAD", lib)
		a := start(t, exe)
		os.Unsetenv("LD_PRELOAD")
		res := run(t, a, native.Options{For: 2 * time.Second})
		n := &res.Native
		if n.Recording == nil || filepath.Base(n.Recording.Library) != "libsomething.so" || len(res.Limits) == 0 || name != "" && (n.Allocator != name || len(n.Looks) != 0) {
			t.Fatalf("%s, %d looks, limits %v, recorded %+v", n.Allocator, len(n.Looks), res.Limits, n.Recording)
		}
		if keeps := of(n, "main.keeps"); keeps.Left < 3 || keeps.Freed != 0 {
			t.Errorf("of %d kept, %d were freed", keeps.Left, keeps.Freed)
		}
	}
}

// Another allocator's heap is not walked, and recorded all the same.
func TestOtherAllocator(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	libs, _ := filepath.Glob("/usr/lib/*/libjemalloc.so.2")
	if len(libs) == 0 {
		t.Skip("libjemalloc is not installed")
	}
	t.Setenv("LD_PRELOAD", libs[0])
	res := run(t, start(t, build(t, "leaks")), native.Options{For: 2 * time.Second})
	n := &res.Native
	if n.Allocator != "jemalloc" || len(n.Looks) != 0 || n.Recording == nil || len(res.Limits) != 1 {
		t.Fatalf("%s, %d looks, recorded %+v", n.Allocator, len(n.Looks), n.Recording)
	}
	for i := range n.Sites {
		if s := &n.Sites[i]; strings.Contains(s.Stack[min(1, len(s.Stack)-1)].Function, "strdup") {
			if s.Left < 3 || s.Freed != 0 || s.LeftBytes != 20*s.Left { // "a string of 19", and its end
				t.Errorf("%d left, %d bytes, %d freed", s.Left, s.LeftBytes, s.Freed)
			}
			return
		}
	}
	t.Error("strdup was not seen")
}

func TestSnapshotAlone(t *testing.T) {
	res := run(t, start(t, build(t, "leaks")), native.Options{Snapshot: true})
	n := &res.Native
	if n.Recording != nil || len(n.Looks) != 1 || n.Looks[0].Lost < 10 || len(n.Lost) == 0 || n.Lost[0].Holds != evidence.HoldsText || n.Allocator != "glibc" {
		t.Errorf("%+v", n)
	}
}

// A recording that its user ends has a result, and nothing of it stays.
func TestRunEnds(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	a := start(t, build(t, "leaks"))
	ctx, cancel := context.WithCancel(context.Background())
	seen := false
	res, err := native.Run(ctx, stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID}, native.Options{For: time.Hour, Progress: func(stage string, done, _ int) {
		if stage == "record" && done > 500 && !seen {
			seen = true
			cancel()
		}
	}})
	if err != nil || res.Native.Recording == nil || res.Native.Recording.On > 5*time.Minute {
		t.Fatalf("%v", err)
	}
	if got := of(&res.Native, "main.loses"); got.Lost == 0 {
		t.Errorf("%d lost", got.Lost)
	}
	if !a.Process.Alive() {
		t.Error("the program has ended")
	}
}
