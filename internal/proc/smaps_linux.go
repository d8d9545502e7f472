package proc

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"slices"
)

// Usages returns the memory map with what of it is resident, sorted by address.
// The kernel walks the page tables for it, without stopping the process: some
// milliseconds for each GB. whole is false if there are more mappings than are
// read.
func (p *Process) Usages() (all []Usage, whole bool, err error) {
	f, err := os.Open(p.path("smaps"))
	if err != nil {
		return nil, false, p.noFile("read the memory map", err)
	}
	defer f.Close()
	all, whole, err = parseUsages(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return nil, false, p.noFile("read the memory map", err)
	}
	slices.SortFunc(all, func(a, b Usage) int {
		if a.Start < b.Start {
			return -1
		}
		return 1
	})
	return all, whole, nil
}

// Resident calls f for each run of pages in [start, end) that are in memory, in
// order. It touches none of them (pagemap: Documentation/admin-guide/mm/pagemap.rst).
func (p *Process) Resident(start, end uint64, f func(start, end uint64)) error {
	const entry, present = 8, 1 << 63
	page := uint64(os.Getpagesize())
	file, err := os.Open(p.path("pagemap"))
	if err != nil {
		return p.noFile("read the page map", err)
	}
	defer file.Close()
	start, end = start&^(page-1), (min(end, 1<<62)+page-1)&^(page-1)
	buf := make([]byte, 64<<10)
	runs := false
	var from uint64
	for at := start; at < end; {
		n := min(uint64(len(buf)/entry), (end-at)/page)
		got, err := file.ReadAt(buf[:n*entry], int64(at/page*entry))
		if got < entry {
			if runs {
				f(from, at)
			}
			if err != nil && got == 0 {
				return p.noFile("read the page map", err)
			}
			return nil
		}
		for i := 0; i+entry <= got; i += entry {
			in := binary.LittleEndian.Uint64(buf[i:])&present != 0
			switch {
			case in && !runs:
				from, runs = at, true
			case !in && runs:
				f(from, at)
				runs = false
			}
			at += page
		}
	}
	if runs {
		f(from, end)
	}
	return nil
}

// noFile says why a file of the process in /proc cannot be read.
func (p *Process) noFile(op string, err error) error {
	r := Exited
	switch {
	case errors.Is(err, fs.ErrPermission):
		r = Forbidden
	case p.Alive():
		r = Unreadable
	}
	return &Error{Op: op, PID: p.PID, Reason: r, Err: err}
}
