//go:build !linux

package lab

import (
	"errors"
	"os/exec"
	"time"
)

const (
	ordinaryUID = -1
	supported   = false
)

func attributes(*exec.Cmd, bool) {}

func end(cmd *exec.Cmd) error { return cmd.Process.Kill() }

func startOf(int) (time.Duration, time.Time, error) { return 0, time.Time{}, errors.ErrUnsupported }
