package proc

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// bytesAt is memory with something at one address.
type bytesAt struct {
	base uint64
	data []byte
}

func (m bytesAt) ReadAt(p []byte, addr uint64) error {
	if off := addr - m.base; addr >= m.base && off <= uint64(len(m.data)) && uint64(len(p)) <= uint64(len(m.data))-off {
		copy(p, m.data[off:])
		return nil
	}
	return ErrRead
}

func (m bytesAt) ReadMany([]Range) {}

// image returns an ELF header and program headers, each of type, flags, offset,
// address and size.
func image(loads ...[5]uint64) []byte {
	b := make([]byte, 64+56*len(loads))
	copy(b, "\x7fELF\x02\x01\x01")
	le := binary.LittleEndian
	le.PutUint64(b[32:], 64)
	le.PutUint16(b[54:], 56)
	le.PutUint16(b[56:], uint16(len(loads)))
	for i, l := range loads {
		h := b[64+56*i:]
		le.PutUint32(h, uint32(l[0]))
		le.PutUint32(h[4:], uint32(l[1]))
		le.PutUint64(h[8:], l[2])
		le.PutUint64(h[16:], l[3])
		le.PutUint64(h[32:], l[4])
		le.PutUint64(h[40:], l[4])
	}
	return b
}

func TestCodeEnd(t *testing.T) {
	const load, rx, r = 1, 5, 4
	for _, test := range []struct {
		name string
		base uint64
		data []byte
		m    Mapping
		want uint64
	}{
		{"one segment", 0x400000, image([5]uint64{load, rx, 0, 0x400000, 0x1234}), Mapping{Start: 0x400000, End: 0x402000}, 0x401234},
		{"position-independent", 0x7f0000, image([5]uint64{load, r, 0, 0, 0x500}, [5]uint64{load, rx, 0x1000, 0x1000, 0x10}), Mapping{Start: 0x7f1000, End: 0x7f2000}, 0x7f1010},
		{"another mapping", 0x7f0000, image([5]uint64{load, r, 0, 0, 0x500}, [5]uint64{load, rx, 0x1000, 0x1000, 0x10}), Mapping{Start: 0x7f5000, End: 0x7f6000}, 0},
		{"no code", 0x400000, image([5]uint64{load, r, 0, 0x400000, 0x1234}), Mapping{Start: 0x400000, End: 0x402000}, 0},
		{"wraps around", 0x400000, image([5]uint64{load, rx, 0, 0x400000, ^uint64(0)}), Mapping{Start: 0x400000, End: 0x402000}, 0},
		{"no image", 0x400000, make([]byte, 4096), Mapping{Start: 0x400000, End: 0x402000}, 0},
		{"nothing there", 0x400000, nil, Mapping{Start: 0x400000, End: 0x402000}, 0},
	} {
		got, ok := codeEnd(bytesAt{test.base, test.data}, test.base, &test.m)
		if got != test.want || ok != (test.want != 0) {
			t.Errorf("%s: %#x, %v, want %#x", test.name, got, ok, test.want)
		}
	}
}

func FuzzCodeEnd(f *testing.F) {
	f.Add(image([5]uint64{1, 5, 0, 0x400000, 0x1234}), uint64(0x400000), uint64(0x402000))
	f.Add(image([5]uint64{1, 4, 0, 0, 0x500}, [5]uint64{1, 5, 0x1000, 0x1000, 0x10}), uint64(0x1000), uint64(0x2000))
	f.Fuzz(func(t *testing.T, data []byte, start, end uint64) {
		m := Mapping{Start: start, End: end}
		if at, ok := codeEnd(bytesAt{0x400000, data}, 0x400000, &m); ok && (at <= start || at > end || end-at >= 4096) {
			t.Errorf("%#x is not in the last page of %#x-%#x", at, start, end)
		}
	})
}

// Where every slot was left taken, one is emptied first.
func TestNoSlotLeft(t *testing.T) {
	needCopies(t)
	r := startRanks(t)
	at, ok := r.p.findPlace()
	if !ok {
		t.Fatal("no place")
	}
	mem, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", r.p.PID), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	fill := func() {
		for i := range at.slots {
			if _, err := mem.WriteAt([]byte{0x0f, 0x05}, int64(at.addr)+int64(i*slotSize)); err != nil {
				t.Skip("the text cannot be written here: ", err)
			}
		}
	}
	fill()
	if _, ok := at.free(r.p, 0); ok {
		t.Fatal("a slot is free")
	}
	if _, _, err := r.p.makeCalls([]call{{nr: 1 << 20}}); err != nil { // ENOSYS
		t.Error(err)
	}
	fill()
	s, err := r.p.Snapshot(context.Background(), SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	readRow(t, s, r.row)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, ok := at.free(r.p, 0); !ok {
		t.Error("no slot is free after it")
	}
	r.goesOn(t)
}

// Threads that make calls at the same time do so at different places.
func TestPlacesDiffer(t *testing.T) {
	r := startRanks(t)
	at, ok := r.p.findPlace()
	if !ok {
		t.Fatal("no place")
	}
	seen := map[uint64]bool{}
	for tid := 1000; tid < 1000+at.slots; tid++ {
		slot, ok := at.free(r.p, tid)
		if !ok || slot < at.addr || slot+slotSize > at.addr+uint64(at.slots*slotSize) || seen[slot] {
			t.Errorf("thread %d: %#x, %v", tid, slot, ok)
		}
		seen[slot] = true
	}
}

// Several at once make calls in one program, two of them by what they know of it
// together: all get their results, and the program goes on.
func TestCallsAtOnce(t *testing.T) {
	needCopies(t)
	r := startRanks(t)
	other, err := Open(r.p.PID)
	if err != nil {
		t.Fatal(err)
	}
	var made [3]int
	var wait sync.WaitGroup
	for i, p := range []*Process{r.p, r.p, other} {
		wait.Go(func() {
			for range 100 {
				results, _, err := p.makeCalls([]call{{nr: unix.SYS_GETPID}, {nr: 1 << 20}})
				switch {
				case err != nil: // another one holds the threads
				case len(results) != 2 || results[0] != int64(p.PID) || results[1] != -int64(unix.ENOSYS):
					t.Errorf("the calls returned %v", results)
				default:
					made[i]++
				}
			}
		})
	}
	wait.Wait()
	if made[0] == 0 || made[1] == 0 || made[2] == 0 {
		t.Errorf("calls were made %v times", made)
	}
	t.Log(made)
	r.goesOn(t)
}

// Nothing that was injected stays behind.
func TestPlaceIsPutBack(t *testing.T) {
	needCopies(t)
	r := startRanks(t)
	at, ok := r.p.findPlace()
	if !ok {
		t.Fatal("no place")
	}
	before, after := make([]byte, at.slots*slotSize), make([]byte, at.slots*slotSize)
	if err := r.p.ReadAt(before, at.addr); err != nil {
		t.Fatal(err)
	}
	if err := snapshot(t, r.p, SnapshotOptions{}).Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.p.ReadAt(after, at.addr); err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("the place is not as it was")
	}
}

// What a program may write itself can be written; its code cannot.
func TestWriteAt(t *testing.T) {
	r := startRanks(t)
	var word [8]byte
	at := r.row + 8 // behind a counter
	if err := r.p.WriteAt([]byte("gomedic!"), at); err != nil {
		t.Fatal(err)
	}
	if err := r.p.ReadAt(word[:], at); err != nil || string(word[:]) != "gomedic!" {
		t.Errorf("%q, %v", word, err)
	}
	maps, err := r.p.Mappings()
	if err != nil {
		t.Fatal(err)
	}
	for i := range maps {
		if maps[i].Exec {
			if err := r.p.WriteAt(word[:], maps[i].Start); err != ErrWrite {
				t.Errorf("code was written: %v", err)
			}
			break
		}
	}
	if err := r.p.WriteAt(word[:], 8); err != ErrWrite {
		t.Errorf("nothing was written to: %v", err)
	}
}
