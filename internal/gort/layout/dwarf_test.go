package layout

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// program builds a program of testdata for linux and opens it.
func program(t *testing.T, name, arch, experiment, ldflags string) *elf.File {
	t.Helper()
	out := filepath.Join(t.TempDir(), "program")
	cmd := exec.Command("go", "build", "-o", out, "-ldflags="+ldflags, "./testdata/"+name)
	cmd.Env = append(os.Environ(), "GOFLAGS=", "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOEXPERIMENT="+experiment)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	f, err := elf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// What the DWARF of a program says is what the table says, to the type names.
func TestFromDWARFEqualsTable(t *testing.T) {
	// Not used on Linux, or only by code that the compiler inlines whole.
	absent := []string{
		"runtime.libcall", "runtime.ucontext", "runtime.mcontext", "runtime.sigcontext", "runtime.fpstate", "runtime.fpxreg",
		"runtime.xmmreg", "runtime.stackt", "runtime.usigset",
	}
	for _, test := range []struct{ arch, experiment, ldflags string }{
		{"amd64", "", ""},
		{"amd64", "", "-compressdwarf=false"},
		{"amd64", "nodwarf5", ""},
		{"arm64", "", ""},
	} {
		name := strings.Trim(test.arch+" "+test.experiment+test.ldflags, " ")
		t.Run(name, func(t *testing.T) {
			want, err := ForVersion(runtime.Version(), test.arch)
			if err != nil {
				t.Fatal(err)
			}
			got, err := FromDWARF(program(t, "program", test.arch, test.experiment, test.ldflags), runtime.Version())
			if err != nil {
				t.Fatal(err)
			}
			if got.Version != want.Version || got.Arch != want.Arch || got.PtrSize != want.PtrSize || got.Source != "dwarf" {
				t.Errorf("got %s %s %d %s", got.Version, got.Arch, got.PtrSize, got.Source)
			}
			if !slices.Equal(got.WaitReasons, want.WaitReasons) {
				t.Errorf("wait reasons %q, want %q", got.WaitReasons, want.WaitReasons)
			}
			for _, name := range want.StructNames() {
				s, ok := got.Structs[name]
				if !ok && !slices.Contains(absent, name) {
					t.Errorf("%s is not in DWARF: let testdata/program use it", name)
				}
				if ok && !s.Equal(want.Structs[name]) {
					t.Errorf("%s\n in DWARF %+v\nin table %+v", name, s, want.Structs[name])
				}
			}
			for name, s := range got.Structs {
				if _, ok := want.Structs[name]; !ok {
					t.Errorf("%s is not in the table: %+v", name, s)
				}
			}
			for name, c := range got.Consts {
				if w, ok := want.Consts[name]; !ok || c != w {
					t.Errorf("%s is %d in DWARF and %d in the table", name, c, w)
				}
			}
		})
	}
}

// The smallest program has all that is not optional.
func TestFromDWARFMinimal(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		if _, err := FromDWARF(program(t, "minimal", arch, "", ""), runtime.Version()); err != nil {
			t.Errorf("%s: %v", arch, err)
		}
	}
}

func TestFromDWARFStripped(t *testing.T) {
	_, err := FromDWARF(program(t, "program", "amd64", "", "-w"), runtime.Version())
	var missing *MissingError
	if !errors.As(err, &missing) || !slices.Equal(missing.What, []string{".debug_abbrev"}) {
		t.Errorf("error %v, want a MissingError of .debug_abbrev", err)
	}
}

func TestFromDWARFForeign(t *testing.T) {
	for _, f := range []*elf.File{
		{FileHeader: elf.FileHeader{Class: elf.ELFCLASS64, ByteOrder: binary.LittleEndian, Machine: elf.EM_RISCV}},
		{FileHeader: elf.FileHeader{Class: elf.ELFCLASS32, ByteOrder: binary.LittleEndian, Machine: elf.EM_386}},
		{FileHeader: elf.FileHeader{Class: elf.ELFCLASS64, ByteOrder: binary.BigEndian, Machine: elf.EM_AARCH64}},
		{FileHeader: elf.FileHeader{Class: elf.ELFCLASS64, ByteOrder: binary.LittleEndian, Machine: elf.EM_X86_64}},
	} {
		if _, err := FromDWARF(f, "go1.26.8"); err == nil {
			t.Errorf("%s %s gives no error", f.Machine, f.Class)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, version := range []uint16{4, 5} {
		l, err := decode(abbrevs, sample(version).info, nil)
		if err != nil {
			t.Fatalf("DWARF %d: %v", version, err)
		}
		want := map[string]Struct{
			"runtime.stack": {16, map[string]Field{"lo": {0, 8, "uintptr", false}, "hi": {8, 8, "uintptr", false}}},
			"runtime.g": {120, map[string]Field{
				"m": {0, 8, "*runtime.g", false}, "pair": {16, 24, "runtime.g.pair", false},
				"all": {40, 32, "[2]runtime.stack", false}, "note": {72, 16, "string", false},
			}},
			"runtime.g.pair":        {24, map[string]Field{"stack": {0, 16, "runtime.stack", true}, "n": {16, 8, "uintptr", false}}},
			"runtime.semTable":      {72, map[string]Field{"elem": {0, 72, "[3]runtime.semTable.elem", false}}},
			"runtime.semTable.elem": {24, map[string]Field{"stack": {0, 16, "runtime.stack", true}, "n": {16, 8, "uintptr", false}}},
		}
		if !reflect.DeepEqual(l.Structs, want) {
			t.Errorf("DWARF %d: structs\n got %+v\nwant %+v", version, l.Structs, want)
		}
		consts := map[string]int64{"runtime._Gwaiting": 4, "runtime.waitReasonSleep": 2, "runtime.waitReasonNewThing": 3}
		if !reflect.DeepEqual(l.Consts, consts) {
			t.Errorf("DWARF %d: constants %v, want %v", version, l.Consts, consts)
		}
		if got, want := reasonTexts(l.Consts), []string{"", "", "sleep", "waitReasonNewThing"}; !slices.Equal(got, want) {
			t.Errorf("DWARF %d: wait reasons %q, want %q", version, got, want)
		}
		missing := l.Missing(28, "amd64", true)
		for _, name := range []string{"runtime.m", "runtime.g.goid", "runtime._Gscan"} {
			if !slices.Contains(missing, name) {
				t.Errorf("DWARF %d: %s is not said to be missing: %v", version, name, missing)
			}
		}
	}
}

// A struct that holds itself, as no compiler writes, must end in an error.
func TestDecodeCircles(t *testing.T) {
	for _, name := range []string{"struct { x }", "runtime.g"} {
		d := &dwarfFile{version: 5}
		end := d.unit("runtime", 0x16)
		self := d.structure(name, 8, 25)
		for range 8 {
			d.member("x", 0, self, 1)
			d.member("y", 0, self, 1)
		}
		d.end()
		d.typedef("runtime.g", self)
		d.typedef("runtime.m", d.at()) // of itself
		end()
		l, err := decode(abbrevs, d.info, nil)
		if err == nil {
			t.Errorf("%s: no error, but %+v", name, l.Structs)
		}
	}
}

func TestDecodeOutside(t *testing.T) {
	for _, offset := range []uint64{1, 9, 1 << 40, 1<<63 + 5} {
		d := &dwarfFile{version: 5}
		end := d.unit("runtime", 0x16)
		word := d.base("uintptr", 8)
		d.structure("runtime.g", 8, 25)
		d.member("x", offset, word, 0)
		d.end()
		end()
		if l, err := decode(abbrevs, d.info, nil); err == nil {
			t.Errorf("offset %d in 8 bytes: no error, but %+v", offset, l.Structs)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, version := range []uint16{4, 5} {
		info := sample(version).info
		f.Add(abbrevs, info, []byte(nil))
		f.Add(abbrevs, info[:len(info)/2], []byte{1, 2, 3})
		f.Add(abbrevs[:20], info, []byte(nil))
	}
	f.Fuzz(func(t *testing.T, abbrev, info, addr []byte) {
		l, err := decode(abbrev, info, addr)
		if err != nil {
			return
		}
		l.Missing(26, "amd64", true)
		reasonTexts(l.Consts)
		for name, s := range l.Structs {
			for field, f := range s.Fields {
				if f.Offset < 0 || f.Size < 0 || f.Offset+f.Size > s.Size {
					t.Errorf("%s.%s = %+v lies outside the %d bytes", name, field, f, s.Size)
				}
			}
		}
	})
}

// BenchmarkFromDWARF reads the binary that GOMEDIC_BENCH_BINARY names, or
// testdata/program.
func BenchmarkFromDWARF(b *testing.B) {
	path := os.Getenv("GOMEDIC_BENCH_BINARY")
	if path == "" {
		path = filepath.Join(b.TempDir(), "program")
		if text, err := exec.Command("go", "build", "-o", path, "./testdata/program").CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, text)
		}
	}
	f, err := elf.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for b.Loop() {
		if _, err := FromDWARF(f, runtime.Version()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkForVersion(b *testing.B) {
	for b.Loop() {
		if _, err := ForVersion("go1.26.8", "amd64"); err != nil {
			b.Fatal(err)
		}
	}
}
