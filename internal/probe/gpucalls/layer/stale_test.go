package layer_test

import (
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"os"
	"strings"
	"testing"
)

// The layer is what was made of the source.
func TestLayerIsFresh(t *testing.T) {
	stamp, err := os.ReadFile("layer.stamp")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(stamp)), "\n")
	if len(lines) != 3 {
		t.Fatalf("layer.stamp has %d lines", len(lines))
	}
	for _, line := range lines {
		want, name, _ := strings.Cut(line, "  ")
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != want {
			t.Errorf("%s is not what the others were made of, or from: run go generate ./internal/probe/gpucalls/layer", name)
		}
	}
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
