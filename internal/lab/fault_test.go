package lab

import (
	"encoding/json"
	"os/exec"
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

func TestTheLabIsWhole(t *testing.T) {
	faults, err := Read(filepath.Join("..", "..", "lab"))
	if err != nil {
		t.Fatal(err)
	}
	ids, sick, healthy := make(map[string]int), make(map[string]int), 0
	for _, f := range faults {
		if !strings.HasPrefix(f.Name, f.Program+"-") {
			t.Errorf("%s is in the program %s", f.Name, f.Program)
		}
		if f.Illness == "" {
			t.Errorf("%s has no illness", f.Name)
		}
		if f.Healthy {
			healthy++
			if len(f.ID)+len(f.Where)+len(f.Blocker) > 0 {
				t.Errorf("%s is healthy and expects a finding", f.Name)
			}
			continue
		}
		sick[f.Toolkit]++
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
