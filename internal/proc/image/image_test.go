package image

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/gomedic/gomedic/internal/proc"
)

// fake is a memory of made-up ranges.
type fake struct {
	ranges []fakeRange
	err    error // of every read, if set
}

type fakeRange struct {
	addr uint64
	data []byte
}

func (f *fake) ReadAt(p []byte, addr uint64) error {
	if f.err != nil {
		return f.err
	}
	for len(p) > 0 {
		i := slices.IndexFunc(f.ranges, func(r fakeRange) bool { return addr >= r.addr && addr-r.addr < uint64(len(r.data)) })
		if i < 0 {
			return proc.ErrRead
		}
		n := copy(p, f.ranges[i].data[addr-f.ranges[i].addr:])
		p, addr = p[n:], addr+uint64(n)
	}
	return nil
}

func (f *fake) ReadMany(ranges []proc.Range) {
	for i := range ranges {
		ranges[i].OK = f.ReadAt(ranges[i].Buf, ranges[i].Addr) == nil
	}
}

// random returns n bytes that do not compress and hold no page of zeros.
func random(seed uint64, n int) []byte {
	r := rand.NewPCG(seed, 1)
	b := make([]byte, 0, n+8)
	for len(b) < n {
		b = binary.LittleEndian.AppendUint64(b, r.Uint64())
	}
	return b[:n]
}

// The sample: a program of which one page was relocated, a heap that begins within
// a chunk and has zeros, holes and unreadable pages, a stack, and what is left out.
const (
	exeAt   = 0x400000
	roAt    = exeAt + 8*pageSize
	heapAt  = 0xc000000000 + 3*pageSize
	stackAt = 0x7ffc00000000
	gpuAt   = 0x7f0000000000
)

func sample() (Source, *fake) {
	exe := random(1, 12*pageSize+100)
	copy(exe[2*pageSize:], zeros[:]) // a page of zeros
	// As it is loaded: with the rest of its last page.
	loaded := append(bytes.Clone(exe), make([]byte, pageSize-100)...)
	copy(loaded[9*pageSize:], "relocated")
	heap := make([]byte, 5*chunkSize)
	copy(heap, random(2, 64*pageSize))                        // data, then zeros
	copy(heap[2*chunkSize:], bytes.Repeat([]byte("go"), 1e6)) // compresses well
	mem := &fake{ranges: []fakeRange{
		{exeAt, loaded},
		{heapAt, heap[:100*pageSize]}, // a hole of two pages
		{heapAt + 102*pageSize, heap[102*pageSize:]},
		{stackAt, random(3, 2*pageSize)},
		{gpuAt, random(4, pageSize)},
	}}
	return Source{
		Meta:   Meta{PID: 4711, Name: "orders", Exe: "/usr/bin/orders", Go: "go1.26.8", Arch: "amd64", OS: "linux", Source: "clone"},
		Memory: mem,
		Mappings: []proc.Mapping{
			{Start: exeAt, End: roAt, Read: true, Exec: true, Path: "/usr/bin/orders", Inode: 9},
			{Start: roAt, End: exeAt + 13*pageSize, Read: true, Path: "/usr/bin/orders", Offset: 8 * pageSize, Inode: 9},
			{Start: heapAt, End: heapAt + 5*chunkSize, Read: true, Write: true},
			{Start: heapAt + 5*chunkSize, End: heapAt + 64*chunkSize}, // reserved
			{Start: gpuAt, End: gpuAt + pageSize, Read: true, Write: true, Shared: true, Path: "/dev/dri/card0"},
			{Start: stackAt, End: stackAt + 2*pageSize, Read: true, Write: true, Path: "[stack]"},
		},
		Threads: map[int]proc.Registers{
			4712: {PC: 1, SP: ^uint64(0), FP: 3, TLS: 1 << 63, Syscall: -1, All: []uint64{7, 8}},
			4711: {PC: exeAt + 5, SP: stackAt, Syscall: 202, All: []uint64{}},
		},
		Entry: exeAt + 0x10,
		Files: []File{
			{Path: "/usr/bin/orders", Size: int64(len(exe)), Data: bytes.NewReader(exe)},
			{Path: "/usr/lib/copy.so", Size: int64(len(exe)), Data: bytes.NewReader(exe)},
		},
	}, mem
}

func encode(t testing.TB, src Source, o Options) ([]byte, Info) {
	t.Helper()
	var b bytes.Buffer
	info, err := Write(t.Context(), &b, src, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), info
}

func open(t testing.TB, b []byte) *Image {
	t.Helper()
	m, err := New(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestRoundTrip(t *testing.T) {
	src, mem := sample()
	b, info := encode(t, src, Options{})
	m := open(t, b)
	if got := m.Info(); !reflect.DeepEqual(got, info) {
		t.Errorf("read %+v\nwritten %+v", got, info)
	}
	want := src.Meta
	want.Schema, want.PageSize = Schema, pageSize
	if m.Meta() != want {
		t.Errorf("meta %+v, want %+v", m.Meta(), want)
	}
	if e, err := m.Entry(); e != src.Entry || err != nil {
		t.Errorf("entry %#x, %v", e, err)
	}
	if !reflect.DeepEqual(m.Threads(), src.Threads) {
		t.Errorf("threads %+v", m.Threads())
	}
	if maps, err := m.Mappings(); err != nil || !reflect.DeepEqual(maps, src.Mappings) {
		t.Errorf("mappings %+v, %v", maps, err)
	}
	if len(info.LeftOut) != 1 || info.LeftOut[0].Why != OfDevice || info.Unreadable != 2*pageSize {
		t.Errorf("left out %+v, unreadable %d", info.LeftOut, info.Unreadable)
	}
	if want := int64(12 * pageSize); info.InFiles != want { // 13 pages but the relocated one
		t.Errorf("%d bytes as in the files, want %d", info.InFiles, want)
	}
	if want := int64(len(sampleExe(src))); info.Files != want { // its copy costs nothing
		t.Errorf("%d bytes of files, want %d", info.Files, want)
	}
	if err := m.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	// Every page, and reads across pages, chunks and mappings.
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		at := src.Mappings[r.IntN(len(src.Mappings))]
		addr := at.Start - 8 + r.Uint64N(min(at.End-at.Start, 6*chunkSize)+16)
		n := []int{0, 1, 8, 100, pageSize, 3*chunkSize + 5}[r.IntN(6)]
		got, want := make([]byte, n), make([]byte, n)
		e, f := m.ReadAt(got, addr), mem.ReadAt(want, addr)
		if addr >= gpuAt-chunkSize*8 && addr < gpuAt+pageSize && n > 0 {
			f = proc.ErrRead
		}
		if (e == nil) != (f == nil) || e == nil && !bytes.Equal(got, want) {
			t.Fatalf("%d bytes at %#x: %v, want %v", n, addr, e, f)
		}
	}
	for i, f := range m.Files() {
		got := make([]byte, f.Size)
		if n, err := f.Data.ReadAt(got, 0); n != len(got) || err != nil || !bytes.Equal(got, sampleExe(src)) {
			t.Errorf("file %d: %d of %d bytes, %v", i, n, len(got), err)
		}
		if n, err := f.Data.ReadAt(got, f.Size-10); n != 10 || err == nil {
			t.Errorf("the end of file %d: %d bytes, %v", i, n, err)
		}
	}
	if exe := m.Exe(); exe == nil || exe.Size() != int64(len(sampleExe(src))) {
		t.Errorf("program %v", exe)
	}
}

func sampleExe(src Source) []byte {
	b := make([]byte, src.Files[0].Size)
	if _, err := src.Files[0].Data.ReadAt(b, 0); err != nil {
		panic(err)
	}
	return b
}

func TestReadMany(t *testing.T) {
	src, mem := sample()
	b, _ := encode(t, src, Options{})
	m := open(t, b)
	for _, sorted := range []bool{true, false} {
		var got []proc.Range
		for i := range 200 {
			got = append(got, proc.Range{Addr: heapAt + uint64(i*27)*1000, Buf: make([]byte, 64)})
		}
		got = append(got, proc.Range{Addr: gpuAt, Buf: make([]byte, 8)}, proc.Range{Addr: stackAt, Buf: make([]byte, 8)})
		if !sorted {
			slices.Reverse(got)
		}
		m.ReadMany(got)
		for _, r := range got {
			want := make([]byte, len(r.Buf))
			ok := r.Addr != gpuAt && mem.ReadAt(want, r.Addr) == nil
			if r.OK != ok || ok && !bytes.Equal(r.Buf, want) {
				t.Errorf("%#x: %v, want %v", r.Addr, r.OK, ok)
			}
		}
	}
}

func TestManyReaders(t *testing.T) {
	src, mem := sample()
	b, _ := encode(t, src, Options{})
	m := open(t, b)
	var group sync.WaitGroup
	for k := range 8 {
		group.Go(func() {
			r := rand.New(rand.NewPCG(uint64(k), 2))
			got, want := make([]byte, 8), make([]byte, 8)
			for range 2000 {
				addr := heapAt + 103*pageSize + r.Uint64N(4*chunkSize)
				if err := errors.Join(m.ReadAt(got, addr), mem.ReadAt(want, addr)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%#x: %v", addr, err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestTheSameMemoryMakesTheSameFile(t *testing.T) {
	src, _ := sample()
	one, _ := encode(t, src, Options{Workers: 1})
	four, _ := encode(t, src, Options{Workers: 4})
	if !bytes.Equal(one, four) {
		t.Error("the file depends on how it was written")
	}
}

// Pages that were never written are not read, and read back as zeros.
func TestPopulated(t *testing.T) {
	src, mem := sample()
	var asked atomic.Int64
	src.Populated = func(addr uint64, pages []bool) error {
		if addr >= gpuAt {
			return errors.New("not known")
		}
		asked.Add(1)
		pages[0] = addr == heapAt
		return nil
	}
	b, info := encode(t, src, Options{})
	m := open(t, b)
	got, want := make([]byte, 2*pageSize), make([]byte, 2*pageSize)
	if err := errors.Join(m.ReadAt(got, heapAt), mem.ReadAt(want[:pageSize], heapAt)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the written page and its neighbour: %v", err)
	}
	if err := errors.Join(m.ReadAt(got, stackAt), mem.ReadAt(want, stackAt)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the stack, of whose pages nothing is known: %v", err)
	}
	if asked.Load() != 6 || info.Unreadable != 0 {
		t.Errorf("asked %d times, %d bytes unreadable", asked.Load(), info.Unreadable)
	}
}

func TestWriteFails(t *testing.T) {
	gone := &proc.Error{Op: "read memory", PID: 4711, Reason: proc.Exited}
	broken := errors.New("broken")
	for _, tt := range []struct {
		name   string
		change func(*Source, *fake)
		want   error
	}{
		{"the process ended", func(_ *Source, f *fake) { f.err = gone }, gone},
		{"the source was let go", func(_ *Source, f *fake) { f.err = broken }, broken},
		{"the program cannot be read", func(s *Source, _ *fake) {
			s.Files[0].Data = badReader{broken}
		}, broken},
	} {
		src, mem := sample()
		tt.change(&src, mem)
		dir := t.TempDir()
		_, err := Save(t.Context(), filepath.Join(dir, "x.heap"), src, Options{})
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		nothingIn(t, dir)
	}
}

type badReader struct{ err error }

func (b badReader) ReadAt([]byte, int64) (int, error) { return 0, b.err }

func nothingIn(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
}

func TestSave(t *testing.T) {
	src, _ := sample()
	path := filepath.Join(t.TempDir(), "orders.heap")
	var done, total int64
	info, err := Save(t.Context(), path, src, Options{Progress: func(d, all int64) {
		if d < done {
			t.Errorf("progress went from %d to %d", done, d)
		}
		done, total = d, all
	}})
	if err != nil {
		t.Fatal(err)
	}
	if done != total || total == 0 {
		t.Errorf("progress ended at %d of %d", done, total)
	}
	if st, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && st.Mode() != 0o600 {
		t.Errorf("the file's mode is %v, %v", st.Mode(), err)
	}
	m, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if !reflect.DeepEqual(m.Info(), info) {
		t.Errorf("%+v, want %+v", m.Info(), info)
	}
}

func TestCancelledSaveLeavesNothing(t *testing.T) {
	src, _ := sample()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Save(ctx, filepath.Join(dir, "x.heap"), src, Options{Workers: 1, Progress: func(int64, int64) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	nothingIn(t, dir)
}

func TestNoRoom(t *testing.T) {
	src, _ := sample()
	dir := t.TempDir()
	// Room for an exabyte is nowhere.
	src.Mappings = append(src.Mappings[:1:1], proc.Mapping{Start: 1 << 40, End: 1 << 61, Read: true, Write: true})
	_, err := Save(t.Context(), filepath.Join(dir, "x.heap"), src, Options{})
	var space *SpaceError
	if _, known := freeSpace(dir); known && !errors.As(err, &space) {
		t.Errorf("%v, want a SpaceError", err)
	}
	nothingIn(t, dir)
}

func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	src, _ := sample()
	if _, err := Save(t.Context(), "/dev/full", src, Options{}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v, want ENOSPC", err)
	}
}
