package lab

import (
	"encoding/json"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// freezeIDs are the ids of the freeze family that the lab must have.
var freezeIDs = []string{
	"ui-blocked/sleep", "ui-blocked/mutex", "ui-blocked/cond", "ui-blocked/channel", "ui-blocked/network",
	"ui-blocked/disk", "ui-blocked/process", "ui-blocked/cgo", "ui-blocked/syscall", "ui-deadlock",
	"ui-busy/cpu", "ui-busy/layout", "ui-busy/alloc", "ui-starved/scheduler", "ui-starved/gc", "ui-stalled/gpu",
	"ui-stalled/vsync", "ui-thread/unlocked", "ui-thread/foreign-call",
}

// leakIDs are the ids of the leak family that the lab must have.
var leakIDs = []string{
	"leak/map", "leak/goroutine", "leak/listener", "leak/timer", "leak/widget-detached",
	"leak/window-closed", "leak/image", "leak/finalizer", "leak/subslice",
}

// readLab reads the faults of the lab itself.
func readLab(t *testing.T) []Fault {
	t.Helper()
	faults, err := Read(filepath.Join("..", "..", "lab"))
	if err != nil {
		t.Fatal(err)
	}
	return faults
}

// TestTheLeaksAreWhole holds that each leak is judged by more than its id, and that
// there are enough of them and of healthy programs.
func TestTheLeaksAreWhole(t *testing.T) {
	ids, toolkits := make(map[string]int), make(map[string]int)
	sick, healthy, published := 0, 0, 0
	for _, f := range readLab(t) {
		if !f.Leak {
			if len(f.Type) > 0 || f.Global != "" {
				t.Errorf("%s does not leak and says what leaks", f.Name)
			}
			continue
		}
		if !strings.Contains(f.Name, "-leak-") {
			t.Errorf("%s leaks and is not called so: lab score --only leak would not find it", f.Name)
		}
		if f.NoBlocker || len(f.Blocker) > 0 {
			t.Errorf("%s leaks and has a blocker", f.Name)
		}
		if f.Healthy {
			healthy++
			if f.judgesChain() {
				t.Errorf("%s is healthy and expects a chain", f.Name)
			}
			continue
		}
		sick++
		toolkits[f.Toolkit]++
		if strings.HasPrefix(f.Program, "published/") {
			published++
		}
		for _, id := range f.ID {
			if !strings.HasPrefix(id, "leak/") {
				t.Errorf("%s leaks and expects %s", f.Name, id)
			}
		}
		if len(f.ID) > 0 {
			ids[f.ID[0]]++
		}
		if !f.judgesChain() {
			t.Errorf("%s says nothing of the chain that holds what leaks", f.Name)
		}
	}
	for _, id := range leakIDs {
		if ids[id] < 2 {
			t.Errorf("%d faults have %s", ids[id], id)
		}
	}
	for _, toolkit := range []string{"", "fyne", "gio", "ebitengine", "glfw"} {
		if toolkits[toolkit] < 4 {
			t.Errorf("%d leaks of toolkit %q", toolkits[toolkit], toolkit)
		}
	}
	if sick < 25 || healthy < 8 || published < 3 {
		t.Errorf("%d leaks, %d healthy programs, %d published bugs", sick, healthy, published)
	}
}

func TestTheLabIsWhole(t *testing.T) {
	faults := readLab(t)
	ids, sick, healthy := make(map[string]int), make(map[string]int), 0
	for _, f := range faults {
		if !strings.HasPrefix(f.Name, path.Base(f.Program)+"-") {
			t.Errorf("%s is in the program %s", f.Name, f.Program)
		}
		if f.Illness == "" {
			t.Errorf("%s has no illness", f.Name)
		}
		if f.Leak && f.Healthy {
			continue
		}
		if f.Healthy {
			healthy++
			if len(f.ID)+len(f.Where)+len(f.Blocker) > 0 {
				t.Errorf("%s is healthy and expects a finding", f.Name)
			}
			continue
		}
		if !f.Leak {
			sick[f.Toolkit]++
		}
		if len(f.ID) == 0 {
			t.Errorf("%s is ill and expects no finding", f.Name)
			continue
		}
		ids[f.ID[0]]++
		if f.NoBlocker && len(f.Blocker) > 0 {
			t.Errorf("%s has a blocker and none", f.Name)
		}
	}
	for _, id := range freezeIDs {
		if ids[id] == 0 {
			t.Errorf("no fault has %s", id)
		}
	}
	for _, toolkit := range []string{"fyne", "gio", "ebitengine", "glfw"} {
		if sick[toolkit] < 6 {
			t.Errorf("%s has %d faults", toolkit, sick[toolkit])
		}
	}
	if healthy < 16 {
		t.Errorf("%d healthy programs", healthy)
	}
}

// TestManifest builds the program without a toolkit, and compares the manifest
// that it prints with what Read takes from its source.
func TestManifest(t *testing.T) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "lab"))
	if err != nil {
		t.Fatal(err)
	}
	faults, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var want []Fault
	for _, f := range faults {
		if f.Program == "plain" {
			f.Program = ""
			want = append(want, f)
		}
	}
	cmd := exec.Command("go", "run", "./plain", "-manifest")
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, err.(*exec.ExitError).Stderr)
	}
	var got []Fault
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the program says %+v, its source %+v", got, want)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"unnamed":  "need their names",
		"computed": "field Name of a fault must be known and have a literal value",
		"unknown":  "field Cure of a fault must be known and have a literal value",
		"twice":    "two faults are named same",
	} {
		_, err := Read(filepath.Join("testdata", "source", name))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}
