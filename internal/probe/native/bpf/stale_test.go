//go:build linux && amd64

package bpf

import (
	"testing"

	"github.com/gomedic/gomedic/internal/house/stamp"
)

// The object is the one that was made of the source.
func TestObjectIsFresh(t *testing.T) {
	if with := stamp.Check(t, "native.stamp", "go generate ./internal/probe/native/bpf", "native.bpf.c", "native_x86_bpfel.o", "../../uprobe/bpf.h"); len(with) != 1 {
		t.Errorf("made with %q", with)
	}
}
