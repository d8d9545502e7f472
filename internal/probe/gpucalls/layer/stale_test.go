package layer_test

import (
	"debug/elf"
	"testing"

	"github.com/gomedic/gomedic/internal/house/stamp"
)

// The layer is what was made of the source.
func TestLayerIsFresh(t *testing.T) {
	stamp.Check(t, "layer.stamp", "go generate ./internal/probe/gpucalls/layer", "../../native/exact/gostack.h", "layer.c", "layer.so")
}

// It needs no library, and nothing of any but the clock where there is one: so it can be
// loaded into every program, whatever its C library.
func TestLayerNeedsNothing(t *testing.T) {
	f, err := elf.Open("layer.so")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if libs, err := f.ImportedLibraries(); err != nil || len(libs) != 0 {
		t.Errorf("needs %v, %v", libs, err)
	}
	syms, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range syms {
		switch {
		case s.Section == elf.SHN_UNDEF && (s.Name != "clock_gettime" || elf.ST_BIND(s.Info) != elf.STB_WEAK):
			t.Errorf("needs %s", s.Name)
		case s.Section != elf.SHN_UNDEF && s.Name != "vkNegotiateLoaderLayerInterfaceVersion":
			t.Errorf("exports %s", s.Name)
		}
	}
}
