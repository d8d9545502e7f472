// Package running starts programs for tests, and ends them with the test.
package running

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// patience is how long a program may take to say what is waited for.
const patience = time.Minute

// Program is a program that runs until the test ends.
type Program struct {
	PID   int
	Stdin io.WriteCloser
	Lines *bufio.Scanner // of what it writes to its standard output

	cmd *exec.Cmd
}

// Start starts a program. Its errors go to the test's standard error, unless c says
// otherwise. At the end of the test it is killed, and waited for.
func Start(t testing.TB, c *exec.Cmd) *Program {
	t.Helper()
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.Stderr == nil {
		c.Stderr = os.Stderr
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_, _ = io.Copy(io.Discard, out)
		_ = c.Wait()
	})
	return &Program{PID: c.Process.Pid, Stdin: in, Lines: bufio.NewScanner(out), cmd: c}
}

// Until reads what the program writes until it writes a line, and returns the lines
// before it. The test fails where the program ends before, or takes longer than a minute.
func (p *Program) Until(t testing.TB, line string) (before []string) {
	t.Helper()
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	for p.Lines.Scan() {
		if p.Lines.Text() == line {
			return before
		}
		before = append(before, p.Lines.Text())
	}
	t.Fatalf("the program did not say %q, but %q", line, before[max(0, len(before)-20):])
	return nil
}
