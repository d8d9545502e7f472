package gosource

import (
	"reflect"
	"runtime"
	"testing"

	"github.com/gomedic/gomedic/internal/gort/layout"
)

var goos = map[string]string{"amd64": "linux", "arm64": "linux", "wasm": "js"}

// The committed table of this toolchain's minor version is what its sources
// give now.
func TestTableIsCurrent(t *testing.T) {
	for _, arch := range layout.Arches() {
		c, err := Toolchain("local", goos[arch], arch)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Load(c)
		if err != nil {
			t.Fatal(err)
		}
		want, err := layout.ForVersion(runtime.Version(), arch)
		if err != nil {
			t.Fatalf("%v\nhint: the comment of package layout says how to add a version", err)
		}
		got.Version, got.Source = want.Version, want.Source
		if !reflect.DeepEqual(got, want) {
			o := layout.Diff(want, got)
			t.Errorf("%s on %s: the table is stale: %+v\nhint: go generate ./internal/gort/layout", runtime.Version(), arch, o)
		}
	}
}

// The tables of the other versions were written for the same wanted names, by
// the same code.
func TestInputsAreCurrent(t *testing.T) {
	for _, minor := range layout.Versions() {
		table, err := layout.TableOf(minor)
		if err != nil {
			t.Fatal(err)
		}
		if table.Inputs != Inputs() {
			t.Errorf("%s: written from inputs %s, now %s\nhint: go generate ./internal/gort/layout", minor, table.Inputs, Inputs())
		}
	}
}

func TestFlip(t *testing.T) {
	tags := []string{"goexperiment.a", "goexperiment.b"}
	if got := Flip(tags, "a"); !reflect.DeepEqual(got, []string{"goexperiment.b"}) {
		t.Errorf("turning a off gives %v", got)
	}
	if got := Flip(tags, "c"); !reflect.DeepEqual(got, []string{"goexperiment.a", "goexperiment.b", "goexperiment.c"}) {
		t.Errorf("turning c on gives %v", got)
	}
	if !reflect.DeepEqual(tags, []string{"goexperiment.a", "goexperiment.b"}) {
		t.Errorf("Flip changes its argument: %v", tags)
	}
}
