package lab

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ordinaryUID is nobody's uid and nogroup's gid on most systems; what matters
// is that it has no capability and no other process of ours.
const ordinaryUID = 65534

// supported says whether the lab can run on this system.
const supported = true

// attributes makes cmd the head of its own process group, ties its life to
// ours, and gives it to an ordinary user if it is to be one.
func attributes(cmd *exec.Cmd, ordinary bool) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if ordinary {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: ordinaryUID, Gid: ordinaryUID}
	}
	cmd.Cancel = func() error { return end(cmd) }
}

// end kills the process group of cmd. The caller still waits for cmd.
func end(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// startOf is when a process was started: since the machine's start, and by the clock.
func startOf(pid int) (since time.Duration, at time.Time, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, at, err
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	up, err := os.ReadFile("/proc/uptime")
	if err != nil || len(f) < 20 {
		return 0, at, fmt.Errorf("when process %d was started is not known: %w", pid, err)
	}
	ticks, err := strconv.ParseInt(f[19], 10, 64) // field 22 of proc_pid_stat(5), of which there are 100 a second
	if err != nil {
		return 0, at, err
	}
	first, _, _ := strings.Cut(string(up), " ")
	now, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0, at, err
	}
	since = time.Duration(ticks) * 10 * time.Millisecond
	return since, time.Now().Add(since - time.Duration(now*float64(time.Second))), nil
}
