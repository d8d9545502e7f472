package image

import (
	"reflect"
	"testing"

	"github.com/gomedic/gomedic/internal/proc"
)

func TestChoose(t *testing.T) {
	files := []headFile{{Path: "/bin/orders"}, {Path: "/lib/plug.so"}, {Path: "/lib/same.so", Same: 2}}
	for _, tt := range []struct {
		m       proc.Mapping
		o       Options
		keep    bool
		why     Why
		backing uint32
	}{
		{m: proc.Mapping{Read: true, Write: true}, keep: true},
		{m: proc.Mapping{Read: true, Write: true, Path: "[anon: Go: heap]"}, keep: true},
		{m: proc.Mapping{Read: true, Write: true, Path: "[heap]"}, keep: true},
		{m: proc.Mapping{Read: true, Write: true, Path: "[heap]"}, o: Options{NoCHeap: true}, why: OfC},
		{m: proc.Mapping{Read: true, Path: ""}, keep: true}, // relocated, then protected
		{m: proc.Mapping{}},
		{m: proc.Mapping{Read: true, Exec: true, Path: "/bin/orders"}, keep: true, backing: 1},
		{m: proc.Mapping{Read: true, Write: true, Path: "/bin/orders (deleted)"}, keep: true, backing: 1},
		{m: proc.Mapping{Read: true, Path: "/lib/same.so"}, keep: true, backing: 2},
		{m: proc.Mapping{Read: true, Write: true, Path: "/lib/libc.so"}, keep: true},
		{m: proc.Mapping{Read: true, Exec: true, Path: "/lib/libc.so"}, why: OfFile},
		{m: proc.Mapping{Read: true, Shared: true, Path: "/usr/share/font.ttf"}, why: Shared},
		{m: proc.Mapping{Read: true, Write: true, Shared: true, Path: "/memfd:wayland-shm (deleted)"}, why: Shared},
		{m: proc.Mapping{Read: true, Write: true, Shared: true, Path: "/SYSV00000000 (deleted)"}, why: Shared},
		{m: proc.Mapping{Read: true, Write: true, Shared: true, Path: "/dev/shm/x"}, why: Shared},
		{m: proc.Mapping{Read: true, Write: true, Path: "/dev/nvidia0"}, why: OfDevice},
		{m: proc.Mapping{Read: true, Write: true, Shared: true, Path: "anon_inode:i915.gem"}, why: OfDevice},
		{m: proc.Mapping{Read: true, Path: "[vvar]"}, why: OfKernel},
		{m: proc.Mapping{Read: true, Exec: true, Path: "[vdso]"}, keep: true},
	} {
		tt.m.Start, tt.m.End = 0x10000, 0x12000
		keep, out := choose([]proc.Mapping{tt.m}, files, tt.o)
		var why Why
		var backing uint32
		if len(out) > 0 {
			why = out[0].Why
		}
		if len(keep) > 0 {
			backing = keep[0].backing
		}
		if (len(keep) > 0) != tt.keep || why != tt.why || backing != tt.backing {
			t.Errorf("%+v: kept %v, left out %v", tt.m, keep, out)
		}
	}
}

// A memory map that changed while it was read may list some memory twice.
func TestInOrder(t *testing.T) {
	for _, tt := range []struct{ maps, want []proc.Mapping }{
		{nil, nil},
		{[]proc.Mapping{{Start: 3, End: 5}, {Start: 1, End: 2}}, []proc.Mapping{{Start: 1, End: 2}, {Start: 3, End: 5}}},
		{[]proc.Mapping{{Start: 1, End: 5}, {Start: 3, End: 9, Offset: 10}}, []proc.Mapping{{Start: 1, End: 5}, {Start: 5, End: 9, Offset: 12}}},
		{[]proc.Mapping{{Start: 1, End: 9}, {Start: 3, End: 5}, {Start: 1, End: 9}}, []proc.Mapping{{Start: 1, End: 9}}},
		{[]proc.Mapping{{Start: 4, End: 4}, {Start: 9, End: 3}}, nil},
	} {
		if got := inOrder(tt.maps); len(got)+len(tt.want) > 0 && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%+v: %+v, want %+v", tt.maps, got, tt.want)
		}
	}
}
