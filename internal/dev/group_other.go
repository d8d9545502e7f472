//go:build !unix

package dev

import "os/exec"

func ownGroup(*exec.Cmd) {}

func askToEnd(c *exec.Cmd) { _ = c.Process.Kill() }

func killGroup(c *exec.Cmd) { _ = c.Process.Kill() }
