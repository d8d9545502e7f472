package image

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomedic/gomedic/internal/proc"
)

var update = flag.Bool("update", false, "write the golden files anew")

// small is what testdata/v1.heap holds: each state of a page, a file and its copy,
// a thread, and memory that was left out.
func small() Source {
	exe := bytes.Repeat([]byte("the program "), 700) // two pages and a part of one
	loaded := append(bytes.Clone(exe), make([]byte, 3*pageSize-len(exe))...)
	copy(loaded[pageSize:], "relocated")
	heap := make([]byte, 300*pageSize)
	copy(heap[2*pageSize:], "an object")
	return Source{
		Meta: Meta{PID: 4711, Name: "orders", Exe: "/usr/bin/orders", Go: "go1.26.8", Arch: "amd64", OS: "linux", Source: "clone"},
		Memory: &fake{ranges: []fakeRange{
			{0x400000, loaded},
			{0xc000000000, heap[:3*pageSize]},
			{0xc000000000 + 4*pageSize, heap[4*pageSize:]},
		}},
		Mappings: []proc.Mapping{
			{Start: 0x400000, End: 0x403000, Read: true, Path: "/usr/bin/orders", Inode: 9},
			{Start: 0xc000000000, End: 0xc000000000 + uint64(len(heap)), Read: true, Write: true},
			{Start: 0x7f0000000000, End: 0x7f0000001000, Read: true, Write: true, Shared: true, Path: "/dev/dri/card0"},
		},
		Threads: map[int]proc.Registers{4711: {PC: 0x400010, SP: 0xc000000100, Syscall: -1, All: []uint64{1, 2, 3}}},
		Entry:   0x400010,
		Files: []File{
			{Path: "/usr/bin/orders", Size: int64(len(exe)), Data: bytes.NewReader(exe)},
			{Path: "/usr/lib/copy.so", Size: int64(len(exe)), Data: bytes.NewReader(exe)},
		},
	}
}

// A heap file of version 1 is read for ever. How it is compressed may change: the
// file that is made today need not be the same.
func TestGoldenFile(t *testing.T) {
	path := filepath.Join("testdata", "v1.heap")
	src := small()
	made, want := encode(t, src, Options{})
	if *update {
		if err := os.WriteFile(path, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := open(t, b)
	info := m.Info()
	info.Size = want.Size
	if info.Kept != want.Kept || info.Stored != want.Stored || info.Zero != want.Zero || info.InFiles != want.InFiles ||
		info.Unreadable != pageSize || info.Files != want.Files || len(info.LeftOut) != 1 {
		t.Errorf("it holds %+v, want %+v", info, want)
	}
	for _, mp := range src.Mappings {
		got, want := make([]byte, pageSize), make([]byte, pageSize)
		for at := mp.Start; at < mp.End; at += pageSize {
			e, f := m.ReadAt(got, at), src.Memory.ReadAt(want, at)
			if (e == nil) != (f == nil) || e == nil && !bytes.Equal(got, want) {
				t.Errorf("page %#x: %v, want %v", at, e, f)
			}
		}
	}
	if r := m.Threads()[4711]; r.PC != 0x400010 || r.Syscall != -1 || len(r.All) != 3 {
		t.Errorf("registers %+v", r)
	}
	for i, f := range m.Files() {
		got, want := make([]byte, f.Size), make([]byte, f.Size)
		_, e := f.Data.ReadAt(got, 0)
		_, g := src.Files[i].Data.ReadAt(want, 0)
		if e != nil || g != nil || !bytes.Equal(got, want) {
			t.Errorf("file %s: %v, %v", f.Path, e, g)
		}
	}
}
