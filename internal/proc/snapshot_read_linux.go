package proc

import (
	"errors"
	"io"
	"runtime"
	"sync"
)

// readPiece is what one goroutine reads at a time: large enough for the cost of a
// goroutine to vanish, small enough for a second CPU to be of use.
const readPiece = 4 << 20

// ReadAt reads frozen memory, long ranges on several CPUs.
//
// It reads through /proc/PID/mem. process_vm_readv, which is quicker for other
// processes, pins the pages, upon which the kernel gives a copy-on-write child its
// own copy of each (gup_must_unshare in mm/gup.c, Linux 6.0): that takes longer than
// the reading, and would in the end double the memory of the target.
func (s *Snapshot) ReadAt(b []byte, addr uint64) error {
	if len(b) <= 2*readPiece {
		return s.read(b, addr)
	}
	pieces := make(chan int, (len(b)+readPiece-1)/readPiece)
	for off := 0; off < len(b); off += readPiece {
		pieces <- off
	}
	close(pieces)
	var all sync.WaitGroup
	var once sync.Once
	var failed error
	for range min(runtime.GOMAXPROCS(0), 4) {
		all.Go(func() {
			for off := range pieces {
				if err := s.read(b[off:min(off+readPiece, len(b))], addr+uint64(off)); err != nil {
					once.Do(func() { failed = err })
					return
				}
			}
		})
	}
	all.Wait()
	return failed
}

// ReadMany reads each range by itself.
func (s *Snapshot) ReadMany(ranges []Range) {
	for i := range ranges {
		ranges[i].OK = s.ReadAt(ranges[i].Buf, ranges[i].Addr) == nil
	}
}

func (s *Snapshot) read(b []byte, addr uint64) error {
	if s.over.Load() {
		return s.ended()
	}
	if len(b) == 0 {
		return nil
	}
	if int64(addr) < 0 {
		return ErrRead // the kernel's half of the address space
	}
	_, err := s.mem.ReadAt(b, int64(addr))
	// What was read while the process was let go is of no moment.
	if s.over.Load() {
		return s.ended()
	}
	if err != nil {
		if errors.Is(err, io.EOF) && !s.p.Alive() && s.ChildPID == 0 {
			return &Error{Op: "read memory", PID: s.p.PID, Reason: Exited}
		}
		return ErrRead
	}
	return nil
}

// ended says why nothing can be read any more.
func (s *Snapshot) ended() error {
	if s.ChildPID == 0 {
		return ErrReleased
	}
	return &Error{Op: "read memory", PID: s.ChildPID, Reason: Exited, Detail: "the frozen copy has ended"}
}
