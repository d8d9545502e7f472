package harness

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// open keeps files of the lab open.
var open []*os.File

// File returns a path to an empty file. It has no name on disk, so that nothing
// is left behind.
func File() string {
	f := file()
	return fmt.Sprintf("/proc/self/fd/%d", f.Fd())
}

// LockedFile returns a path to such a file that another open file description
// has locked with flock(2), for ever.
func LockedFile() string {
	f := file()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		panic(err)
	}
	return fmt.Sprintf("/proc/self/fd/%d", f.Fd())
}

func file() *os.File {
	f, err := os.CreateTemp("", "gomedic-lab-")
	if err != nil {
		panic(err)
	}
	os.Remove(f.Name())
	open = append(open, f)
	return f
}

// FIFO returns the path of a named pipe. With writer, somebody has it open for
// writing and writes nothing; without, an open for reading waits.
func FIFO(writer bool) string {
	dir, err := os.MkdirTemp("", "gomedic-lab-")
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		panic(err)
	}
	if !writer {
		fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			panic(err)
		}
		os.RemoveAll(dir)
		return fmt.Sprintf("/proc/self/fd/%d", fd)
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		panic(err)
	}
	os.RemoveAll(dir)
	return fmt.Sprintf("/proc/self/fd/%d", fd)
}
