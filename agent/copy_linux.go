package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/gomedic/gomedic/agent/wire"
)

// memory writes the program's memory into the file.
func memory(c *net.UnixConn, file *os.File) (r wire.Reply, err error) {
	if r.Exe, err = os.Readlink("/proc/self/exe"); err != nil {
		return r, err
	}
	r.Args = os.Args
	name, _ := os.ReadFile("/proc/self/comm")
	r.Name = string(bytes.TrimSpace(name))
	if r.Auxv, err = os.ReadFile("/proc/self/auxv"); err != nil {
		return r, err
	}
	pid, err := copied(int(file.Fd()), &r)
	if err != nil {
		return r, fmt.Errorf("copy the memory: %w", err)
	}
	err = await(c, pid)
	r.Finished = err == nil
	return r, err
}

// copied makes a child process that writes the memory as it is at this moment.
//
// With one processor of the scheduler left, which this goroutine has, no other
// goroutine runs; each has noted where it goes on, so that its stack can be read
// without its registers. Then the child is made: clone(2) without a signal at its end,
// so that a program which waits for children of its own does not learn of it.
func copied(fd int, r *wire.Reply) (pid int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := time.Now()
	processors := runtime.GOMAXPROCS(1)
	defer func() {
		runtime.GOMAXPROCS(processors)
		r.Stopped = int64(time.Since(began))
		// The runtime follows the CPU quota only while nobody has set a number.
		runtime.SetDefaultGOMAXPROCS()
		if runtime.GOMAXPROCS(0) != processors {
			runtime.GOMAXPROCS(processors)
		}
	}()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return 0, err
	}
	r.Maps = string(maps)
	r.Regions = regions(r.Maps)
	if len(r.Regions) == 0 {
		return 0, errors.New("no memory is mapped")
	}
	id, _, e := fork(uintptr(fd), &r.Regions[0], len(r.Regions))
	if e != 0 {
		return 0, e
	}
	return int(id), nil
}

// fork returns in the parent. Nothing of the runtime works in the child: it has but
// this thread.
//
//go:nosplit
//go:norace
func fork(fd uintptr, first *wire.Region, n int) (pid, r2 uintptr, err syscall.Errno) {
	const setMask = 2 // SIG_SETMASK
	all, old := ^uint64(0), uint64(0)
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, setMask, uintptr(unsafe.Pointer(&all)), uintptr(unsafe.Pointer(&old)), 8, 0, 0)
	pid, r2, err = syscall.RawSyscall6(syscall.SYS_CLONE, 0, 0, 0, 0, 0, 0)
	if err != 0 || pid != 0 {
		syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, setMask, uintptr(unsafe.Pointer(&old)), 0, 8, 0, 0)
		return pid, r2, err
	}
	// What the program closes meanwhile must be closed.
	const closeRange = 436
	if fd > 0 {
		syscall.RawSyscall(closeRange, 0, fd-1, 0)
	}
	syscall.RawSyscall(closeRange, fd+1, uintptr(^uint32(0)), 0)
	write(fd, first, n)
	for {
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
	}
}

// write is the child's work.
//
//go:nosplit
//go:norace
func write(fd uintptr, first *wire.Region, n int) {
	const page, most = 4096, 16 << 20
	for i := range n {
		r := at(first, i)
		for done := uint64(0); done < r.Size; {
			part := r.Size - done
			if part > most {
				part = most
			}
			w, _, e := syscall.RawSyscall6(syscall.SYS_PWRITE64, fd, uintptr(r.Addr+done), uintptr(part), uintptr(r.At)+uintptr(done), 0, 0)
			switch {
			case e == 0 && w > 0:
				done += uint64(w)
			case e == syscall.EINTR:
			case e == syscall.EFAULT:
				done += page // a hole is left
			default:
				syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 1, 0, 0)
			}
		}
	}
}

// await waits until the child has written all. It is ended if nobody waits for it any
// more.
func await(c *net.UnixConn, pid int) error {
	const wall, look = 0x40000000, 5 * time.Millisecond // __WALL
	defer func() { _ = c.SetReadDeadline(time.Time{}) }()
	for {
		var st syscall.WaitStatus
		switch got, err := syscall.Wait4(pid, &st, wall|syscall.WNOHANG, nil); {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return err
		case got == pid && st.ExitStatus() == 0:
			return nil
		case got == pid:
			return errors.New("the copy could not be written: is the disk full?")
		}
		_ = c.SetReadDeadline(time.Now().Add(look))
		if _, err := c.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			_, _ = syscall.Wait4(pid, &st, wall, nil)
			if errors.Is(err, io.EOF) {
				return errors.New("the one who asked is gone")
			}
			return err
		}
	}
}

// regions are what is written of the memory map: all that can be read, but for the
// memory of devices, which may not be touched, and what the kernel puts there.
func regions(maps string) (out []wire.Region) {
	at := int64(wire.Start)
	for line := range strings.Lines(maps) {
		f := strings.Fields(line)
		if len(f) < 5 || f[1][0] != 'r' {
			continue
		}
		if len(f) > 5 && (strings.HasPrefix(f[5], "[v") || strings.HasPrefix(f[5], "anon_inode:") || filepath.Dir(f[5]) != "/dev/shm" && strings.HasPrefix(f[5], "/dev/") && f[5] != "/dev/zero") {
			continue
		}
		from, to, _ := strings.Cut(f[0], "-")
		lo, err1 := strconv.ParseUint(from, 16, 64)
		hi, err2 := strconv.ParseUint(to, 16, 64)
		if err1 != nil || err2 != nil || hi <= lo {
			continue
		}
		out = append(out, wire.Region{Addr: lo, Size: hi - lo, At: at})
		at += int64(hi - lo)
	}
	return out
}
