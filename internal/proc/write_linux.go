package proc

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// WriteAt writes all of b into the live process's memory without stopping it. An
// aligned piece of eight bytes is written as a whole. It needs the right to
// trace the process, as reading does (ptrace(2), PTRACE_MODE_ATTACH).
func (p *Process) WriteAt(b []byte, addr uint64) error {
	fail := func(err error) error {
		r := Unreadable
		switch {
		case errors.Is(err, fs.ErrPermission):
			r = Forbidden
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH):
			r = Exited
		}
		return &Error{Op: "write memory", PID: p.PID, Reason: r, Err: err}
	}
	f, err := os.OpenFile(p.path("mem"), os.O_WRONLY, 0)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	if addr > 1<<63-1 {
		return fail(unix.EIO)
	}
	n, err := f.WriteAt(b, int64(addr))
	if err == nil && n < len(b) {
		err = unix.EIO // the process went away: /proc/PID/mem takes nothing
	}
	if err != nil {
		return fail(err)
	}
	return nil
}
