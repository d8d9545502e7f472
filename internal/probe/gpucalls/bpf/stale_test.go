//go:build linux && amd64

package bpf

import (
	"testing"

	"github.com/gomedic/gomedic/internal/house/stamp"
)

// The object is the one that was made of the source.
func TestObjectIsFresh(t *testing.T) {
	if with := stamp.Check(t, "gpucalls.stamp", "go generate ./internal/probe/gpucalls/bpf", "gpucalls.bpf.c", "gpucalls_x86_bpfel.o", "../../uprobe/bpf.h"); len(with) != 1 {
		t.Errorf("made with %q", with)
	}
}

func FuzzEvent(f *testing.F) {
	f.Add(make([]byte, eventSize))
	long := make([]byte, eventSize+16*8)
	long[78] = 16
	f.Add(long)
	f.Fuzz(func(t *testing.T, b []byte) {
		var e Event
		if e.decode(b) && len(b) < eventSize+8*len(e.Names) {
			t.Errorf("%d names of %d bytes", len(e.Names), len(b))
		}
	})
}
