//go:build linux && amd64

package bpf

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/house/stamp"
)

// The object is the one that was made of the source.
func TestObjectIsFresh(t *testing.T) {
	with := stamp.Check(t, "frames.stamp", "go generate ./internal/probe/frames/bpf", "frames.bpf.c", "frames_x86_bpfel.o")
	if len(with) != 1 {
		t.Fatalf("made with %q", with)
	}

	// With the same compiler at hand, the object comes out again.
	out, err := exec.Command("clang", "--version").Output()
	if version, _, _ := strings.Cut(string(out), "\n"); err != nil || version != with[0] {
		t.Logf("not compiled again: this machine has not %s", with[0])
		return
	}
	again := filepath.Join(t.TempDir(), "again.o")
	c := exec.Command("clang", "-O2", "-g", "-Wall", "-Werror", "-target", "bpf", "-mcpu=v1", "-c", "frames.bpf.c", "-o", again)
	if msg, err := c.CombinedOutput(); err != nil {
		t.Errorf("the source does not compile: %v\n%s", err, msg)
	}
}

// The loader sets what the programs have, and knows their events.
func TestSpec(t *testing.T) {
	spec, err := LoadFrames()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{FramesProgOnSite, FramesProgOnSites, FramesProgOnClock, FramesProgOnSwitch, FramesProgOnWakeup} {
		if p := spec.Programs[name]; p == nil || p.License != "GPL" || len(p.Instructions) < 10 {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if v := spec.Variables[FramesVarQuiet]; v == nil || v.Size() != 8 {
		t.Error("the variable quiet is not there, or no u64")
	}
}

func FuzzEvent(f *testing.F) {
	f.Add(make([]byte, eventSize))
	f.Add(make([]byte, stackSize))
	long := make([]byte, stackSize)
	long[36], long[72], long[73] = byte(Sample), 255, 255
	f.Add(long)
	f.Fuzz(func(t *testing.T, b []byte) {
		var e Event
		if e.decode(b) && len(e.Stack) > depth {
			t.Errorf("a stack of %d", len(e.Stack))
		}
	})
}
