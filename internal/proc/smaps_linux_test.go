package proc

import (
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This process maps ten pages and touches some: those are told.
func TestUsagesAndResident(t *testing.T) {
	page := os.Getpagesize()
	b, err := unix.Mmap(-1, 0, 10*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(b)
	for _, i := range []int{1, 2, 3, 7} {
		b[i*page] = 1
	}
	start := addrOf(b)
	p, err := Open(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	all, whole, err := p.Usages()
	if err != nil || !whole {
		t.Fatal(err)
	}
	found := false
	for _, u := range all {
		if u.Start == start {
			found = true
			if !u.Shared || u.RSS != uint64(4*page) || u.Size() != uint64(10*page) {
				t.Errorf("%+v", u)
			}
		}
	}
	if !found {
		t.Error("the mapping is not told")
	}
	var runs [][2]uint64
	if err := p.Resident(start, start+uint64(10*page), func(lo, hi uint64) {
		runs = append(runs, [2]uint64{(lo - start) / uint64(page), (hi - start) / uint64(page)})
	}); err != nil {
		t.Fatal(err)
	}
	if len(runs) != 2 || runs[0] != [2]uint64{1, 4} || runs[1] != [2]uint64{7, 8} {
		t.Errorf("in memory: %v", runs)
	}
}

func addrOf(b []byte) uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }
