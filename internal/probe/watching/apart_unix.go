//go:build unix

package watching

import (
	"os/exec"
	"syscall"
	"time"
)

// apart gives a command a process group of its own, that ends as a whole when its
// context does.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
}
