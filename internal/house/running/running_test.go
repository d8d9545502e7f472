//go:build unix

package running

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"testing"
)

func TestStart(t *testing.T) {
	var pid int
	t.Run("inner", func(t *testing.T) {
		p := Start(t, exec.Command("sh", "-c", "echo one; echo two; echo ready; read x; echo got $x; exec sleep 1000"))
		pid = p.PID
		if got := fmt.Sprint(p.Until(t, "ready")); got != "[one two]" {
			t.Errorf("before: %s", got)
		}
		fmt.Fprintln(p.Stdin, "this")
		p.Until(t, "got this")
	})
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("it lives after the test: %v", err)
	}
}
