package layout

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestForVersion(t *testing.T) {
	for _, test := range []struct {
		version, arch string
		want          string // minor version; empty: unknown
		reason        string
	}{
		{"go1.25", "amd64", "go1.25", ""},
		{"go1.25.0", "arm64", "go1.25", ""},
		{"go1.26.8", "amd64", "go1.26", ""},
		{"go1.27.0", "wasm", "go1.27", ""},
		{"go1.26.999", "amd64", "go1.26", ""},
		{"go1.26.8 X:nogreenteagc", "amd64", "go1.26", ""},
		{"go1.26.8 X:jsonv2,nodwarf5", "amd64", "go1.26", ""},
		{"go1.26.8-X:nogreenteagc", "amd64", "go1.26", ""},
		{"go1.26.8-vendor-X:jsonv2", "amd64", "go1.26", ""},
		{"go1.26.8-X:unheardof", "amd64", "", `unknown experiment "unheardof"`},
		{"go1.26.8-vendor", "amd64", "go1.26", ""},
		{"go1.26.8-vendor X:jsonv2", "amd64", "go1.26", ""},
		{"go1.26.8 (Vendor 1.26.8-1)", "amd64", "go1.26", ""},
		{"go1.26.8 X:unheardof", "amd64", "", `unknown experiment "unheardof"`},
		{"go1.24.3", "amd64", "", "no table for go1.24"},
		{"go1.99.0", "amd64", "", "no table for go1.99"},
		{"go1.26.8", "riscv64", "", "no table for this architecture"},
		{"go1.27rc1", "amd64", "", "a pre-release"},
		{"devel go1.28-0123abcd Tue Jan 1 00:00:00 2030 +0000", "amd64", "", "a development version"},
		{"go1.28-devel_0123abcd", "amd64", "", "a development version"},
		{"", "amd64", "", "not a Go version"},
		{"go1.x", "amd64", "", "not a Go version"},
		{"../../go1.26", "amd64", "", "not a Go version"},
		{"go1.99999999999999999999", "amd64", "", "not a Go version"},
	} {
		l, err := ForVersion(test.version, test.arch)
		if test.want != "" {
			if err != nil {
				t.Errorf("ForVersion(%q, %s): %v", test.version, test.arch, err)
			} else if l.Version != test.want || l.Arch != test.arch || !strings.HasPrefix(l.Source, "table "+test.want+".") {
				t.Errorf("ForVersion(%q, %s) is %s %s from %s", test.version, test.arch, l.Version, l.Arch, l.Source)
			}
			continue
		}
		var unknown *UnknownVersionError
		if !errors.As(err, &unknown) {
			t.Errorf("ForVersion(%q, %s): error %v, want an UnknownVersionError", test.version, test.arch, err)
			continue
		}
		if unknown.Version != test.version || unknown.Reason != test.reason || !slices.Contains(unknown.Known, "go1.26") {
			t.Errorf("ForVersion(%q, %s): %v, want reason %q", test.version, test.arch, err, test.reason)
		}
	}
}

// The facts below stand in the Go sources: os/file_unix.go of 1.26.0 and
// 1.26.1, runtime/mgcmark_greenteagc.go and mgcmark_nogreenteagc.go of 1.26.
func TestVariants(t *testing.T) {
	of := func(version string) *Layout {
		l, err := ForVersion(version, "amd64")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	newest := of("go1.26.8")
	if maps.EqualFunc(newest.Structs, of("go1.26.0").Structs, Struct.Equal) {
		t.Error("go1.26.0 has the structs of go1.26.8, but os.file changed in between")
	}
	// runtime/tagptr_64bit.go
	for version, bits := range map[string]int64{"go1.25.3": 48, "go1.25.4": newest.Consts["runtime.addrBits"]} {
		if got := of(version).Consts["runtime.addrBits"]; got != bits {
			t.Errorf("%s: runtime.addrBits is %d, want %d", version, got, bits)
		}
	}
	for version, fields := range map[string]int{"go1.26.8": 4, "go1.26.8 X:nogreenteagc": 0, "go1.26.8-X:nogreenteagc": 0} {
		if got := len(of(version).Structs["runtime.spanInlineMarkBits"].Fields); got != fields {
			t.Errorf("%s: runtime.spanInlineMarkBits has %d fields, want %d", version, got, fields)
		}
	}
	if !maps.EqualFunc(newest.Structs, of("go1.26.8 X:greenteagc").Structs, Struct.Equal) {
		t.Error("naming an experiment that is on by default changes the layout")
	}
	a := of("go1.26.8")
	a.Consts["runtime._Gidle"] = 99
	a.WaitReasons[0] = "changed"
	delete(a.Structs, "runtime.g")
	if b := of("go1.26.8"); b.Consts["runtime._Gidle"] != 0 || b.WaitReasons[0] != "" || len(b.Structs["runtime.g"].Fields) == 0 {
		t.Error("layouts share memory")
	}
}

func FuzzForVersion(f *testing.F) {
	f.Add("go1.26.8 X:nogreenteagc,jsonv2", "amd64")
	f.Add("devel go1.28-0123abcd", "arm64")
	f.Fuzz(func(t *testing.T, version, arch string) {
		l, err := ForVersion(version, arch)
		if (l == nil) == (err == nil) {
			t.Errorf("layout %v with error %v", l, err)
		}
	})
}
