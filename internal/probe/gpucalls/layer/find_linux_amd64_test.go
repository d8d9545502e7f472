package layer

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/proc"
)

// A layer that is mapped and not yet relocated is not there yet; then it is.
func TestFindRelocated(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, libraryName), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := unix.Mmap(int(f.Fd()), 0, len(library), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(b)
	p, err := proc.Open(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := Find(p); !errors.Is(err, ErrNotThere) {
		t.Fatalf("before: %+v, %v", r, err)
	}
	var header int
	for header = 0; binary.LittleEndian.Uint64(b[header:]) != magic[0] || binary.LittleEndian.Uint64(b[header+8:]) != magic[1]; header += 8 {
	}
	base := uint64(uintptr(unsafe.Pointer(&b[0])))
	at := binary.LittleEndian.Uint64(b[header+fieldAt:])
	if at == 0 {
		t.Fatal("the linker leaves the place empty")
	}
	binary.LittleEndian.PutUint64(b[header+fieldAt:], base+at)
	r, err := Find(p)
	if err != nil {
		t.Fatalf("then: %v", err)
	}
	if r.at != base+at || r.header != base+uint64(header) {
		t.Errorf("the header is at %#x, the records are at %#x; want %#x and %#x", r.header, r.at, base+uint64(header), base+at)
	}
}
