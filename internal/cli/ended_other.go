//go:build !linux

package cli

import "os/exec"

// ended waits until a program that gomedic has started ends.
func ended(c *exec.Cmd) error { return c.Wait() }
