package dev

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the command the first of a process group of its own: Ctrl-C in the
// terminal is gomedic's to pass on, and nothing that it starts is left behind.
func ownGroup(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

func askToEnd(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }

func killGroup(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
