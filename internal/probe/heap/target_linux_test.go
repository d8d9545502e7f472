package heap

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gomedic/gomedic/internal/house/running"
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
	prog := running.Start(t, exec.Command(path, args...))
	prog.Until(t, "ready")
	tg, err := attach.Process(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tg.Close)
	return tg
}

func kill(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }
