package lab

import (
	"os/exec"
	"syscall"
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
