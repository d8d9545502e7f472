package image

import (
	"encoding/binary"
	"fmt"
	"os"
)

// Pagemap returns a function for Source.Populated: it reads /proc/PID/pagemap
// (Documentation/admin-guide/mm/pagemap.rst), which tells the pages of memory that
// are present or swapped out, also to those who may not see where they lie. Close
// it after use.
func Pagemap(pid int) (populated func(addr uint64, pages []bool) error, closing func() error, err error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", pid))
	if err != nil {
		return nil, nil, err
	}
	size := uint64(os.Getpagesize())
	const swapped, present = 1 << 62, 1 << 63
	return func(addr uint64, want []bool) error {
		first := addr / size
		n := (addr+uint64(len(want))*pageSize+size-1)/size - first
		b := make([]byte, n*8)
		if _, err := f.ReadAt(b, int64(first*8)); err != nil {
			return err
		}
		for i := range want {
			e := binary.LittleEndian.Uint64(b[((addr+uint64(i)*pageSize)/size-first)*8:])
			want[i] = e&(swapped|present) != 0
		}
		return nil
	}, f.Close, nil
}
