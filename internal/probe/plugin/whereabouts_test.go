package plugin

import (
	"slices"
	"testing"
)

// Two C libraries may be installed: what is asked for is looked up in the host's alone.
func TestOnlyTheHostsCLibraryHelps(t *testing.T) {
	const musl, glibc, other = "/lib/ld-musl-x86_64.so.1", "/lib/x86_64-linux-gnu/libm.so.6", "/usr/lib/libz.so.1"
	l := &loader{cache: []cached{{path: musl}, {path: glibc}, {path: other}}}
	if got := l.everyLibrary(); !slices.Equal(got, []string{glibc, other}) {
		t.Errorf("of a host with glibc: %v", got)
	}
	l.musl = true
	if got := l.everyLibrary(); !slices.Equal(got, []string{musl, other}) {
		t.Errorf("of a host with musl: %v", got)
	}
}
