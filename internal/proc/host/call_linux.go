package host

import (
	"bytes"
	"encoding/binary"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Memory reads the target's memory, wholly or not at all.
type Memory interface {
	ReadAt(p []byte, addr uint64) error
}

// Call is a system call that a thread stands in.
type Call struct {
	Name string
	Args [6]uint64
}

// byDescriptor: the calls whose first argument is what they work on.
var byDescriptor = set("read", "pread64", "readv", "preadv", "preadv2", "write", "pwrite64", "writev", "pwritev",
	"pwritev2", "fsync", "fdatasync", "syncfs", "sync_file_range", "flock", "fcntl", "ioctl", "ftruncate", "fallocate",
	"getdents64", "fstat", "close", "lseek", "sendfile", "splice", "copy_file_range", "connect", "accept", "accept4",
	"recvfrom", "recvmsg", "recvmmsg", "sendto", "sendmsg", "sendmmsg", "shutdown")

// byPath: the calls that take a path, and which argument; an "at" call has the
// folder's descriptor before it.
var byPath = map[string]int{
	"open": 0, "creat": 0, "stat": 0, "lstat": 0, "access": 0, "unlink": 0, "mkdir": 0, "rmdir": 0, "rename": 0,
	"readlink": 0, "truncate": 0, "statfs": 0, "chdir": 0,
	"openat": 1, "openat2": 1, "newfstatat": 1, "fstatat": 1, "statx": 1, "faccessat": 1, "faccessat2": 1,
	"unlinkat": 1, "mkdirat": 1, "renameat": 1, "renameat2": 1, "readlinkat": 1,
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// Object says what a system call works on: the connection or the file behind its
// descriptor, or the path that it was given (FD is -1 then). It is false for
// calls that work on neither.
func (c Call) Object(pid int, mem Memory) (evidence.Socket, bool) {
	if byDescriptor[c.Name] {
		return descriptor(pid, c.Args[0])
	}
	switch c.Name {
	case "poll", "ppoll":
		// One struct pollfd: int fd, short events, short revents (poll(2)). Of
		// several, no one is what it waits for.
		var b [8]byte
		if c.Args[1] == 1 && mem.ReadAt(b[:], c.Args[0]) == nil {
			return descriptor(pid, uint64(binary.LittleEndian.Uint32(b[:])))
		}
		return evidence.Socket{}, false
	}
	at, ok := byPath[c.Name]
	if !ok {
		return evidence.Socket{}, false
	}
	name, ok := cString(mem, c.Args[at])
	if !ok || name == "" {
		return evidence.Socket{}, false
	}
	for _, own := range []string{"/proc/self/fd/", "/dev/fd/"} { // its own descriptors, by name
		if n, ok := strings.CutPrefix(name, own); ok {
			if fd, err := strconv.ParseUint(n, 10, 30); err == nil {
				return descriptor(pid, fd)
			}
		}
	}
	base := "/proc/" + strconv.Itoa(pid)
	if !path.IsAbs(name) {
		folder := base + "/cwd"
		if fd := int32(c.Args[0]); at == 1 && fd >= 0 { // else AT_FDCWD
			folder = base + "/fd/" + strconv.Itoa(int(fd))
		}
		if dir, err := os.Readlink(folder); err == nil {
			name = path.Join(dir, name)
		}
	}
	return evidence.Socket{FD: -1, Kind: fileKind(base + "/root" + name), Local: name}, true
}

func descriptor(pid int, fd uint64) (evidence.Socket, bool) {
	if uint32(fd) > 1<<30 {
		return evidence.Socket{}, false
	}
	return Socket(pid, int(uint32(fd)))
}

// cString reads a path of the target, page by page so that the end of its
// memory is not crossed.
func cString(mem Memory, addr uint64) (string, bool) {
	var out []byte
	for len(out) < maxPath {
		b := make([]byte, min(4096-addr%4096, uint64(maxPath-len(out))))
		if mem.ReadAt(b, addr) != nil {
			return "", false
		}
		if i := bytes.IndexByte(b, 0); i >= 0 {
			return strings.ToValidUTF8(string(append(out, b[:i]...)), "\ufffd"), true
		}
		out, addr = append(out, b...), addr+uint64(len(b))
	}
	return "", false
}

// Child returns the process that a call waits for, as this process sees it;
// false if it waits for any child, or is no such call.
func (c Call) Child(pid int) (int, bool) {
	const pPID, pPIDFD = 1, 3 // waitid(2)
	switch {
	case c.Name == "wait4" && int32(c.Args[0]) > 0:
		return outerPID(pid, int(int32(c.Args[0])))
	case c.Name == "waitid" && c.Args[0] == pPID:
		return outerPID(pid, int(int32(c.Args[1])))
	case c.Name == "waitid" && c.Args[0] == pPIDFD:
		// os.Process waits so since Go 1.23. fdinfo has a line "Pid:".
		b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/fdinfo/" + strconv.Itoa(int(int32(c.Args[1]))))
		if err != nil {
			return 0, false
		}
		child, err := strconv.Atoi(schedValue(b, "Pid"))
		return child, err == nil && child > 0
	}
	return 0, false
}

// outerPID translates a pid from the target's PID namespace to this process's:
// the child that has it there (NSpid in proc_pid_status(5)).
func outerPID(pid, inner int) (int, bool) {
	var r reader
	pids, ok := listedChildren(&r, pid)
	if !ok {
		pids = scannedChildren(&r, pid)
	}
	for _, child := range pids {
		ids := strings.Fields(schedValue(r.read("/proc/"+strconv.Itoa(child)+"/status"), "NSpid"))
		if len(ids) == 0 && child == inner || len(ids) > 0 && ids[len(ids)-1] == strconv.Itoa(inner) {
			return child, true
		}
	}
	return 0, false
}
