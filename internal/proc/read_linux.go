package proc

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxIOV is the kernel's limit on pieces for one call (UIO_MAXIOV).
const maxIOV = 1024

// ReadAt reads the live process's memory without stopping it.
func (p *Process) ReadAt(b []byte, addr uint64) error {
	for len(b) > 0 {
		n, err := processVMRead(p.PID, b, addr)
		if err != nil {
			if errors.Is(err, unix.ESRCH) {
				return &Error{Op: "read memory", PID: p.PID, Reason: Exited}
			}
			if errors.Is(err, unix.EPERM) {
				return &Error{Op: "read memory", PID: p.PID, Reason: Forbidden}
			}
			return ErrRead
		}
		if n <= 0 {
			return ErrRead
		}
		b, addr = b[n:], addr+uint64(n)
	}
	return nil
}

// ReadMany reads many ranges with one system call for each 1,024 of them. The
// kernel stops at the first range that it cannot read; the rest is then asked
// for again behind it.
func (p *Process) ReadMany(ranges []Range) {
	local := make([]unix.Iovec, 0, maxIOV)
	remote := make([]unix.RemoteIovec, 0, maxIOV)
	for i := 0; i < len(ranges); {
		local, remote = local[:0], remote[:0]
		first := i
		for ; i < len(ranges) && len(local) < maxIOV; i++ {
			r := &ranges[i]
			r.OK = false
			if len(r.Buf) == 0 {
				// An empty range would not be seen in the count: it is read at once.
				r.OK = true
				if i == first {
					first++
					continue
				}
				break
			}
			iov := unix.Iovec{Base: unsafe.SliceData(r.Buf)}
			iov.SetLen(len(r.Buf))
			local = append(local, iov)
			remote = append(remote, unix.RemoteIovec{Base: uintptr(r.Addr), Len: len(r.Buf)})
		}
		if len(local) == 0 {
			continue
		}
		n, err := unix.ProcessVMReadv(p.PID, local, remote, 0)
		if err != nil {
			if !errors.Is(err, unix.EFAULT) {
				return
			}
			n = 0
		}
		done := first
		for done < i && n >= len(ranges[done].Buf) {
			n -= len(ranges[done].Buf)
			ranges[done].OK = true
			done++
		}
		if done < first+len(local) {
			i = done + 1 // skip the one that failed
		}
	}
}

func processVMRead(pid int, b []byte, addr uint64) (int, error) {
	local := unix.Iovec{Base: unsafe.SliceData(b)}
	local.SetLen(len(b))
	return unix.ProcessVMReadv(pid, []unix.Iovec{local},
		[]unix.RemoteIovec{{Base: uintptr(addr), Len: len(b)}}, 0)
}

// WriteAt writes into the live process's memory without stopping it. A word that is
// aligned is written at once. Memory that the program itself may not write is not
// written to: the error is then ErrWrite, and nothing or a part has been written.
func (p *Process) WriteAt(b []byte, addr uint64) error {
	for len(b) > 0 {
		local := unix.Iovec{Base: unsafe.SliceData(b)}
		local.SetLen(len(b))
		n, err := unix.ProcessVMWritev(p.PID, []unix.Iovec{local},
			[]unix.RemoteIovec{{Base: uintptr(addr), Len: len(b)}}, 0)
		switch {
		case errors.Is(err, unix.ESRCH):
			return &Error{Op: "write memory", PID: p.PID, Reason: Exited}
		case errors.Is(err, unix.EPERM):
			return &Error{Op: "write memory", PID: p.PID, Reason: Forbidden}
		case err != nil, n <= 0:
			return ErrWrite
		}
		b, addr = b[n:], addr+uint64(n)
	}
	return nil
}
