package host

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Children returns the processes that pid has started and that are not yet
// waited for, sorted by id: at most 256.
func Children(pid int) []evidence.Process {
	var r reader
	pids, ok := listedChildren(&r, pid)
	if !ok {
		pids = scannedChildren(&r, pid)
	}
	slices.Sort(pids)
	var out []evidence.Process
	for _, child := range pids {
		var t Thread
		if len(out) >= maxChildren {
			break
		}
		if t.parseStat(r.read("/proc/" + strconv.Itoa(child) + "/stat")) {
			out = append(out, evidence.Process{PID: child, Name: t.Name, State: t.State, Args: args(&r, child)})
		}
	}
	return out
}

// listedChildren reads /proc/PID/task/*/children, which kernels without
// CONFIG_PROC_CHILDREN do not have.
func listedChildren(r *reader, pid int) (pids []int, ok bool) {
	tids, err := threads(pid)
	if err != nil {
		return nil, true
	}
	for _, tid := range tids {
		path := "/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(tid) + "/children"
		b := r.read(path)
		if b == nil && tid == pid {
			if _, err := os.Stat(path); err != nil {
				return nil, false
			}
		}
		for _, f := range bytes.Fields(b) {
			if child, err := strconv.Atoi(string(f)); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids, true
}

// scannedChildren looks for the parent of every process.
func scannedChildren(r *reader, pid int) []int {
	d, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	var pids []int
	for _, n := range names {
		child, err := strconv.Atoi(n)
		if err != nil {
			continue
		}
		b := r.read("/proc/" + n + "/stat")
		i := bytes.LastIndexByte(b, ')')
		if i < 0 {
			continue
		}
		if f := bytes.Fields(b[i+1:]); len(f) > 1 && string(f[1]) == strconv.Itoa(pid) {
			pids = append(pids, child)
		}
	}
	return pids
}

func args(r *reader, pid int) string {
	b := r.read("/proc/" + strconv.Itoa(pid) + "/cmdline")
	b = bytes.TrimRight(b[:min(len(b), maxArgs)], "\x00")
	return strings.ToValidUTF8(string(bytes.ReplaceAll(b, []byte{0}, []byte(" "))), "\ufffd")
}

// WithPipe returns the first of the processes that has a pipe open, by its name
// in /proc/PID/fd ("pipe:[4711]"); 0 if none has.
func WithPipe(processes []evidence.Process, pipe string) int {
	const maxFDs = 4096
	for _, p := range processes {
		dir := "/proc/" + strconv.Itoa(p.PID) + "/fd"
		d, err := os.Open(dir)
		if err != nil {
			continue
		}
		names, _ := d.Readdirnames(maxFDs)
		d.Close()
		for _, name := range names {
			if to, err := os.Readlink(dir + "/" + name); err == nil && to == pipe {
				return p.PID
			}
		}
	}
	return 0
}
