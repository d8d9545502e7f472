package proc

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a live process. Its methods may be called from several goroutines.
type Process struct {
	PID     int
	Name    string // comm, at most 15 bytes
	Exe     string // path of the program, as the target sees it
	UID     int
	Started time.Time

	startTicks uint64     // field 22 of /proc/PID/stat: tells a reused pid
	namespaced bool       // its thread ids differ inside its own PID namespace
	placing    sync.Mutex // one call at a time is injected, from the search for a slot on
}

// Open looks at a process without touching it. The error is an *Error.
func Open(pid int) (*Process, error) {
	fail := func(r Reason, detail string, err error) (*Process, error) {
		return nil, &Error{Op: "open", PID: pid, Reason: r, Detail: detail, Err: err}
	}
	st, err := readStatus(pid)
	if err != nil {
		return fail(Gone, "", nil)
	}
	p := &Process{PID: pid, Name: st["Name"]}
	if tgid, _ := strconv.Atoi(st["Tgid"]); tgid != 0 && tgid != pid {
		return fail(Gone, fmt.Sprintf("thread of process %d", tgid), nil)
	}
	if f := strings.Fields(st["Uid"]); len(f) > 0 {
		p.UID, _ = strconv.Atoi(f[0])
	}
	p.namespaced = len(strings.Fields(st["NSpid"])) > 1
	if strings.HasPrefix(st["State"], "Z") || strings.HasPrefix(st["State"], "X") {
		return fail(Zombie, "", nil)
	}
	if st["VmSize"] == "" && st["Kthread"] != "0" {
		return fail(Kernel, "", nil)
	}
	if t, _ := strconv.Atoi(st["TracerPid"]); t != 0 {
		return fail(Traced, tracerName(t), nil)
	}
	p.Exe, err = os.Readlink(p.path("exe"))
	if errors.Is(err, fs.ErrPermission) {
		return fail(Forbidden, fmt.Sprintf("uid %d", p.UID), nil)
	}
	if err != nil {
		return fail(Gone, "", err)
	}
	p.Exe = strings.TrimSuffix(p.Exe, " (deleted)")
	p.startTicks, p.Started = startTime(pid)
	return p, nil
}

// CanRead reports whether this process may read the target's memory; the error
// is an *Error with reason Forbidden if not.
func (p *Process) CanRead() error {
	maps, err := p.Mappings()
	if err != nil {
		return err
	}
	var b [1]byte
	for i := range maps {
		if maps[i].Read && maps[i].Path != "[vvar]" && maps[i].Path != "[vsyscall]" {
			_, err := processVMRead(p.PID, b[:], maps[i].Start)
			if errors.Is(err, unix.EPERM) {
				return &Error{Op: "read", PID: p.PID, Reason: Forbidden, Detail: fmt.Sprintf("uid %d", p.UID)}
			}
			if errors.Is(err, unix.ESRCH) {
				if p.Alive() { // /proc shows it, and the kernel does not know it under this id
					return &Error{Op: "read", PID: p.PID, Reason: Namespace}
				}
				return &Error{Op: "read", PID: p.PID, Reason: Exited}
			}
			if err == nil {
				return nil
			}
		}
	}
	return &Error{Op: "read", PID: p.PID, Reason: Unreadable}
}

// Alive reports whether the process that was opened is still there, and not a
// later one with the same id.
func (p *Process) Alive() bool {
	ticks, _ := startTime(p.PID)
	if ticks == 0 || ticks != p.startTicks {
		return false
	}
	st, err := readStatus(p.PID)
	return err == nil && !strings.HasPrefix(st["State"], "Z") && !strings.HasPrefix(st["State"], "X")
}

// Ticks is when a process was started, in the kernel's ticks: with its id it tells it
// from a later one. 0: there is none.
func Ticks(pid int) uint64 {
	ticks, _ := startTime(pid)
	return ticks
}

// Lives reports whether the process of that id that was started then is still there.
func Lives(pid int, ticks uint64) bool {
	return (&Process{PID: pid, startTicks: ticks}).Alive()
}

// ExePath returns a path by which this process can open the target's program,
// also when the file was replaced or deleted or lies in another mount namespace.
func (p *Process) ExePath() string { return p.path("exe") }

// Root is what to put before the paths of the target's files, where it sees another file
// system than this process (mount_namespaces(7), chroot(2)); else it is empty.
func (p *Process) Root() string {
	theirs, err := os.Stat(p.path("root/."))
	ours, err2 := os.Stat("/")
	own, err3 := os.Readlink("/proc/self/ns/mnt")
	other, err4 := os.Readlink(p.path("ns/mnt"))
	if errors.Join(err, err2, err3, err4) != nil || own == other && os.SameFile(theirs, ours) {
		return ""
	}
	return p.path("root")
}

func (p *Process) path(name string) string {
	return filepath.Join("/proc", strconv.Itoa(p.PID), name)
}

// Threads returns the ids of the process's threads, as this process sees them.
func (p *Process) Threads() ([]int, error) {
	entries, err := os.ReadDir(p.path("task"))
	if err != nil {
		return nil, &Error{Op: "list threads", PID: p.PID, Reason: Exited, Err: err}
	}
	tids := make([]int, 0, len(entries))
	for _, e := range entries {
		if tid, err := strconv.Atoi(e.Name()); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids, nil
}

// ThreadIDs translates the thread ids that the target itself sees (gettid in
// its own PID namespace) to those that this process sees. It is nil where they
// are the same.
func (p *Process) ThreadIDs() map[int]int {
	if !p.namespaced {
		return nil
	}
	tids, err := p.Threads()
	if err != nil {
		return nil
	}
	inner := make(map[int]int, len(tids))
	for _, tid := range tids {
		b, err := os.ReadFile(p.path("task/" + strconv.Itoa(tid) + "/status"))
		if err != nil {
			continue
		}
		f := strings.Fields(parseStatus(b)["NSpid"])
		if len(f) == 0 {
			continue
		}
		if n, err := strconv.Atoi(f[len(f)-1]); err == nil {
			inner[n] = tid
		}
	}
	return inner
}

// RSS returns the process's resident memory in bytes, 0 if unknown.
func (p *Process) RSS() uint64 {
	b, err := os.ReadFile(p.path("statm"))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0
	}
	n, _ := strconv.ParseUint(f[1], 10, 64)
	return n * uint64(os.Getpagesize())
}

// Args returns the process's command line.
func (p *Process) Args() []string {
	b, err := os.ReadFile(p.path("cmdline"))
	if err != nil || len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimRight(string(b), "\x00"), "\x00")
}

// Mappings returns the memory map, sorted by address.
func (p *Process) Mappings() ([]Mapping, error) {
	f, err := os.Open(p.path("maps"))
	if err != nil {
		r := Exited
		if errors.Is(err, fs.ErrPermission) {
			r = Forbidden
		}
		return nil, &Error{Op: "read the memory map", PID: p.PID, Reason: r, Err: err}
	}
	defer f.Close()
	maps, err := parseMaps(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return nil, &Error{Op: "read the memory map", PID: p.PID, Reason: Exited, Err: err}
	}
	if len(maps) == 0 {
		return nil, &Error{Op: "read the memory map", PID: p.PID, Reason: Exited}
	}
	return maps, nil
}

// All returns the ids of the processes that this user sees.
func All() ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

func readStatus(pid int) (map[string]string, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return nil, err
	}
	return parseStatus(b), nil
}

func readThreadStatus(pid, tid int) (map[string]string, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(tid) + "/status")
	if err != nil {
		return nil, err
	}
	return parseStatus(b), nil
}

func parseStatus(b []byte) map[string]string {
	m := make(map[string]string, 64)
	for line := range bytes.Lines(b) {
		k, v, ok := strings.Cut(string(line), ":")
		if ok {
			m[k] = strings.TrimSpace(v)
		}
	}
	return m
}

func tracerName(pid int) string {
	if b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm"); err == nil {
		return fmt.Sprintf("%s, pid %d", strings.TrimSpace(string(b)), pid)
	}
	return fmt.Sprintf("pid %d", pid)
}

// startTime returns field 22 of /proc/PID/stat, and the time it stands for.
func startTime(pid int) (ticks uint64, at time.Time) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, time.Time{}
	}
	i := bytes.LastIndexByte(b, ')')
	if i < 0 {
		return 0, time.Time{}
	}
	f := strings.Fields(string(b[i+1:]))
	if len(f) < 20 {
		return 0, time.Time{}
	}
	ticks, _ = strconv.ParseUint(f[19], 10, 64)
	var up unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) != nil {
		return ticks, time.Time{}
	}
	const userHZ = 100 // fixed in the kernel's interface, man 5 proc
	boot := time.Now().Add(-time.Duration(up.Nano()))
	return ticks, boot.Add(time.Duration(ticks) * (time.Second / userHZ))
}

// Entry returns the program's entry point as loaded: AT_ENTRY of the auxiliary
// vector (getauxval(3)).
func (p *Process) Entry() (uint64, error) {
	b, err := os.ReadFile(p.path("auxv"))
	if err != nil {
		r := Exited
		if errors.Is(err, fs.ErrPermission) {
			r = Forbidden
		}
		return 0, &Error{Op: "read the auxiliary vector", PID: p.PID, Reason: r, Err: err}
	}
	for ; len(b) >= 16; b = b[16:] {
		if binary.LittleEndian.Uint64(b) == atEntry {
			return binary.LittleEndian.Uint64(b[8:]), nil
		}
	}
	return 0, &Error{Op: "read the auxiliary vector", PID: p.PID, Reason: Exited}
}
