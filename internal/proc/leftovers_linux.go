package proc

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ReapLeftovers takes away the zombies of frozen copies that were left behind when
// gomedic was killed, and returns how many there were. It stops one thread of the
// target for that, if there are any.
func (p *Process) ReapLeftovers() (n int, err error) {
	pids, err := p.leftovers()
	if err != nil || len(pids) == 0 {
		return 0, err
	}
	n, _, err = p.reap(pids)
	return n, err
}

// leftovers returns the ids, as the target sees them, of its children that have
// ended like a frozen copy.
func (p *Process) leftovers() ([]int, error) {
	pids, err := All()
	if err != nil {
		return nil, err
	}
	var found []int
	for _, pid := range pids {
		b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || !isLeftover(b, p.PID) {
			continue
		}
		inner := pid
		if st, err := readStatus(pid); err == nil {
			if f := strings.Fields(st["NSpid"]); len(f) > 0 {
				inner, _ = strconv.Atoi(f[len(f)-1])
			}
		}
		found = append(found, inner)
	}
	return found, nil
}

// isLeftover reports by a line of /proc/PID/stat (proc_pid_stat(5)) whether the
// process is a zombie child of parent that was made without an exit signal and that
// ended as frozen copies do: killed, or by the code that is theirs.
func isLeftover(stat []byte, parent int) bool {
	i := bytes.LastIndexByte(stat, ')')
	if i < 0 {
		return false
	}
	f := strings.Fields(string(stat[i+1:])) // from field 3
	const state, ppid, exitSignal, status = 0, 4 - 3, 38 - 3, 52 - 3
	if len(f) <= status || f[state] != "Z" || f[ppid] != strconv.Itoa(parent) || f[exitSignal] != "0" {
		return false
	}
	n, err := strconv.Atoi(f[status])
	return err == nil && (n == int(unix.SIGKILL) || n == exitCode<<8)
}

// reap has the target wait for children that have ended. It returns how many were
// reaped and for how long a thread stood.
func (p *Process) reap(inner []int) (n int, stood time.Duration, err error) {
	if !p.Alive() {
		return 0, 0, nil // they are another's children now, who waits for them
	}
	calls := make([]call, len(inner))
	for i, pid := range inner {
		// Without WNOHANG it could wait for ever, without __WALL it would find none: a
		// child without an exit signal is a "clone child" (wait(2)).
		calls[i] = call{nr: unix.SYS_WAIT4, args: [6]uint64{uint64(pid), 0, unix.WNOHANG | unix.WALL, 0}}
	}
	results, stood, err := p.makeCalls(calls)
	for i, ret := range results {
		if ret == int64(inner[i]) {
			n++
		}
	}
	if err != nil {
		if p.ending() {
			return n, stood, nil
		}
		return n, stood, fmt.Errorf("take away the zombie of a frozen copy: %w", err)
	}
	return n, stood, nil
}
