package debuginfo_test

import (
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomedic/gomedic/internal/gort/debuginfo"
)

// build builds a small program with debug information.
func build(t testing.TB, flags ...string) *elf.File {
	t.Helper()
	dir := t.TempDir()
	src, err := os.ReadFile(filepath.Join("..", "testdata", "typed", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"main.go": string(src), "go.mod": "module example.com/typed\n\ngo 1.25\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("go", append(append([]string{"build"}, flags...), "-o", "typed", ".")...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false", "CGO_ENABLED=0", "GOOS=linux", "GOTOOLCHAIN=local")
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, b)
	}
	f, err := elf.Open(filepath.Join(dir, "typed"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// All variables, their types and what those are made of must be as debug/dwarf
// reads them.
func TestAgainstStandardLibrary(t *testing.T) {
	for name, flags := range map[string][]string{
		"DWARF 5": nil, "DWARF 4": {"-ldflags=-compressdwarf=false"}, "not compressed": {"-ldflags=-compressdwarf=false"},
		"arm64": nil,
	} {
		t.Run(name, func(t *testing.T) {
			switch name {
			case "DWARF 4":
				t.Setenv("GOEXPERIMENT", "nodwarf5")
			case "arm64":
				t.Setenv("GOARCH", "arm64")
			}
			f := build(t, flags...)
			std, err := f.DWARF()
			if err != nil {
				t.Fatal(err)
			}
			d, err := debuginfo.Open(f)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, std, d)
		})
	}
}

func compare(t *testing.T, std *dwarf.Data, d *debuginfo.Data) {
	var want []debuginfo.Variable
	r := std.Reader()
	types := 0
	for depth := 0; ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			break
		}
		switch e.Tag {
		case 0:
			depth--
		case dwarf.TagVariable:
			loc, _ := e.Val(dwarf.AttrLocation).([]byte)
			if depth == 1 && len(loc) == 9 {
				name, _ := e.Val(dwarf.AttrName).(string)
				typ, _ := e.Val(dwarf.AttrType).(dwarf.Offset)
				want = append(want, debuginfo.Variable{Name: name, Addr: binary.LittleEndian.Uint64(loc[1:]), Type: uint32(typ)})
			}
		case dwarf.TagStructType, dwarf.TagPointerType, dwarf.TagArrayType, dwarf.TagTypedef, dwarf.TagBaseType, dwarf.TagSubroutineType:
			types++
			compareType(t, e, std, d)
		}
		if e.Children {
			depth++
		}
	}
	got := slices.Clone(d.Variables())
	order := func(a, b debuginfo.Variable) int {
		return slices.Compare([]uint64{a.Addr, uint64(a.Type)}, []uint64{b.Addr, uint64(b.Type)})
	}
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if len(want) < 300 || types < 1000 || !slices.Equal(got, want) {
		t.Errorf("%d variables, %d with debug/dwarf, which has %d types", len(got), len(want), types)
	}
}

func compareType(t *testing.T, e *dwarf.Entry, std *dwarf.Data, d *debuginfo.Data) {
	t.Helper()
	got, ok := d.TypeAt(uint32(e.Offset))
	name, _ := e.Val(dwarf.AttrName).(string)
	size, hasSize := e.Val(dwarf.AttrByteSize).(int64)
	elem, _ := e.Val(dwarf.AttrType).(dwarf.Offset)
	if g, ok := e.Val(0x2902).(dwarf.Offset); ok { // DW_AT_go_elem
		elem = g
	}
	kind, _ := e.Val(0x2900).(int64) // DW_AT_go_kind
	if !ok || got.Name != name || got.HasSize != hasSize || got.Size != uint64(size) || got.Elem != uint32(elem) ||
		kind != 0 && int64(got.Kind) != kind {
		t.Errorf("type at %#x: %+v, %v, want %s, %d bytes, kind %d, element %#x", e.Offset, got, ok, name, size, kind, elem)
		return
	}
	if e.Tag != dwarf.TagStructType || got.Kind != 25 {
		return
	}
	r := std.Reader()
	r.Seek(e.Offset)
	r.Next()
	for i := 0; ; i++ {
		m, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if m.Tag == 0 {
			if i != len(got.Members) {
				t.Errorf("%s has %d fields, want %d", name, len(got.Members), i)
			}
			return
		}
		name, _ := m.Val(dwarf.AttrName).(string)
		off, _ := m.Val(dwarf.AttrDataMemberLoc).(int64)
		typ, _ := m.Val(dwarf.AttrType).(dwarf.Offset)
		if i >= len(got.Members) || got.Members[i].Name != name || got.Members[i].Offset != uint64(off) || got.Members[i].Type != uint32(typ) {
			t.Errorf("field %d of %s: %+v, want %s at %d", i, got.Name, got.Members, name, off)
			return
		}
	}
}

func FuzzData(f *testing.F) {
	file := build(f, "-ldflags=-compressdwarf=false")
	section := func(name string) []byte {
		s := file.Section(name)
		if s == nil {
			return nil
		}
		b, err := s.Data()
		if err != nil {
			f.Fatal(err)
		}
		return b
	}
	info, abbrev, addr, lists := section(".debug_info"), section(".debug_abbrev"), section(".debug_addr"), section(".debug_loclists")
	whole := debuginfo.New(info, abbrev, addr, lists)
	vars := whole.Variables()
	f.Add(uint32(0), byte(0), uint32(0), byte(0))
	for i := uint32(0); i < 200; i++ { // the heads of the units, and all abbreviations
		f.Add(i, byte(i*37), i, byte(255))
	}
	f.Fuzz(func(t *testing.T, at1 uint32, b1 byte, at2 uint32, b2 byte) {
		info, abbrev := slices.Clone(info), slices.Clone(abbrev)
		info[at1%uint32(len(info))] = b1
		abbrev[at2%uint32(len(abbrev))] = b2
		lists := slices.Clone(lists)
		if len(lists) > 0 {
			lists[at2%uint32(len(lists))] = b1
		}
		d := debuginfo.New(info, abbrev, addr, lists)
		for _, v := range d.Variables() {
			d.TypeAt(v.Type)
		}
		for _, v := range vars {
			ty, _ := d.TypeAt(v.Type)
			for _, m := range ty.Members {
				d.TypeAt(m.Type)
			}
		}
		d.TypeAt(at1)
		d.Captured(uint64(at2))
		d.Locals(uint64(at2), uint64(at1))
	})
}
