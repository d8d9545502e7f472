package heap

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/attach"
)

// build builds testdata/name.
func build(t testing.TB, name string, cgo bool, flags ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	c := exec.Command("go", append(append([]string{"build"}, flags...), "-o", out, "./testdata/"+name)...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if cgo {
		c.Env = append(c.Env, "CGO_ENABLED=1")
	}
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, b)
	}
	return out
}

// start runs a program until it says that it is ready.
func start(t testing.TB, path string, args ...string) *attach.Target {
	t.Helper()
	c := exec.Command(path, args...)
	c.Stderr = os.Stderr
	if _, err := c.StdinPipe(); err != nil { // it stays open: its end ends the program
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	watchdog := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
	defer watchdog.Stop()
	if l := bufio.NewScanner(out); !l.Scan() || l.Text() != "ready" {
		t.Fatalf("%s did not get ready: %q, %v", path, l.Text(), l.Err())
	}
	tg, err := attach.Process(c.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tg.Close)
	return tg
}

func kill(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }
