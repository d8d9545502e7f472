package native

import (
	"slices"
	"testing"

	"github.com/gomedic/gomedic/internal/proc"
)

func TestUnloadedNames(t *testing.T) {
	before := []proc.Mapping{{Path: "/bin/app", Inode: 1, Exec: true}, {Path: "/lib/libx.so", Inode: 2, Exec: true}, {Path: "/lib/libx.so", Inode: 2, Exec: true},
		{Path: "/fonts/a.ttf", Inode: 3}, {Path: "[vdso]", Exec: true}}
	after := []proc.Mapping{{Path: "/bin/app", Inode: 1}, {Path: "/lib/liby.so", Inode: 4, Exec: true}}
	if got := unloaded(before, after); !slices.Equal(got, []string{"libx.so"}) {
		t.Error(got)
	}
	if got := unloaded(before, before); len(got) > 0 {
		t.Error(got)
	}
}
