//go:build !unix

package watching

import (
	"os/exec"
	"time"
)

// apart: the command itself ends with its context.
func apart(cmd *exec.Cmd) { cmd.WaitDelay = time.Second }
