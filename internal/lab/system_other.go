//go:build !linux

package lab

import "os/exec"

const (
	ordinaryUID = -1
	supported   = false
)

func attributes(*exec.Cmd, bool) {}

func end(cmd *exec.Cmd) error { return cmd.Process.Kill() }
