package safe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// display starts Xvfb for the test.
func display(t *testing.T) string {
	t.Helper()
	xvfb, err := exec.LookPath("Xvfb")
	if err != nil {
		t.Skip("Xvfb is not installed: scripts/install-deps installs it")
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command(xvfb, "-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-ac")
	cmd.ExtraFiles = []*os.File{write}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err = cmd.Start()
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb does not start: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}

var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "gomedic-safe-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "window")
	cmd := exec.Command("go", "build", "-o", path, "./testdata/window")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := built(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// run starts the window program safely and returns what came of it.
func run(t *testing.T, o Options, args ...string) (*Result, string, error) {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	if o.Program, err = Recognise(append([]string{path}, args...)); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	o.Stdout, o.Stderr = &out, &errs
	res, err := Run(context.Background(), o)
	return res, out.String(), err
}

func env(display string, more ...string) []string {
	e := []string{"DISPLAY=" + display, "PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir()}
	return append(e, more...)
}

func outcomes(s *evidence.Safe) string {
	var all []string
	for _, t := range s.Tried {
		all = append(all, t.Rung+" "+t.Outcome)
	}
	return strings.Join(all, ", ")
}

// patience is long enough on a busy machine; only what never draws waits for it.
const patience = 20 * time.Second

func TestTheNextRungIsTriedUntilOneDraws(t *testing.T) {
	x := display(t)
	res, _, err := run(t, Options{Env: env(x), Patience: patience}, "-needs", "GALLIUM_DRIVER=softpipe", "-exit", "7")
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomes(&res.Safe); got != "software died, softpipe draws" || res.Safe.Worked != "softpipe" || !res.Ran {
		t.Errorf("%s, %+v", got, res)
	}
	if res.Exit != 7 {
		t.Errorf("exit code %d, want the program's 7", res.Exit)
	}
	first, last := res.Safe.Tried[0], res.Safe.Tried[1]
	if first.Exit != 3 || len(first.Driver) != 1 || len(first.Said) != 1 {
		t.Errorf("what the first try said is lost: %+v", first)
	}
	if last.Width != 200 || last.Height != 150 || last.Colours < 2 {
		t.Errorf("%+v", last)
	}
}

func TestAWindowOfOneColourIsBlank(t *testing.T) {
	x := display(t)
	res, _, err := run(t, Options{Env: env(x), Patience: 3 * time.Second}, "-blank", "GALLIUM_DRIVER=llvmpipe", "-exit", "0")
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomes(&res.Safe); got != "software blank, softpipe draws" || res.Exit != 0 {
		t.Errorf("%s, exit %d", got, res.Exit)
	}
}

func TestWhatEndsWithoutAnErrorIsNotStartedAgain(t *testing.T) {
	x := display(t)
	res, _, err := run(t, Options{Env: env(x), Patience: patience}, "-code", "0")
	if err != nil || outcomes(&res.Safe) != "software ended" || !res.Ran || res.Exit != 0 {
		t.Errorf("%+v, %v", res, err)
	}
}

// Ctrl-C before the window has drawn: nothing else is started.
func TestCtrlCBeforeItDraws(t *testing.T) {
	x := display(t)
	res, _, err := run(t, Options{Env: env(x), Patience: patience}, "-code", "130")
	if err != nil || outcomes(&res.Safe) != "software stopped" || res.Exit != 130 {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestWhenNoRungHelps(t *testing.T) {
	x := display(t)
	res, _, err := run(t, Options{Env: env(x, "LD_PRELOAD="), Patience: patience}, "-code", "5")
	if err != nil || res.Ran || res.Safe.Worked != "" || res.Exit != 5 {
		t.Errorf("%+v, %v", res, err)
	}
	if len(res.Safe.Tried) != len(res.Safe.Ladder) {
		t.Errorf("tried %s of %d rungs", outcomes(&res.Safe), len(res.Safe.Ladder))
	}
}

// Ctrl-C: the program gets it, what it has started ends as well.
func TestASignalEndsTheProgramAndItsChildren(t *testing.T) {
	x := display(t)
	file := filepath.Join(t.TempDir(), "pid")
	signals := make(chan os.Signal, 1)
	in, keys, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	defer in.Close()
	if _, err := keys.WriteString("typed\n"); err != nil {
		t.Fatal(err)
	}
	told := func(r *evidence.Rung, tried *evidence.Try) {
		if tried != nil {
			signals <- os.Interrupt
		}
	}
	res, out, err := run(t, Options{Env: env(x), Patience: patience, Signals: signals, Told: told, Stdin: in}, "-child", "-file", file)
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomes(&res.Safe); got != "software draws" || res.Exit != 128+int(syscall.SIGINT) {
		t.Errorf("%s, exit %d", got, res.Exit)
	}
	if out != "typed\n" {
		t.Errorf("standard output is %q", out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(b))
	if err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) { // its parent is gone: nobody can wait for it
		if state, err := os.ReadFile("/proc/" + string(b) + "/stat"); err != nil || strings.Contains(string(state), ") Z ") {
			break
		}
		if time.Now().After(until) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatalf("the child %d runs on", pid)
		}
	}
}

func TestNothingCanBeStarted(t *testing.T) {
	x := display(t)
	for name, c := range map[string]struct {
		o    Options
		want error
	}{
		"no display":       {Options{Env: []string{"PATH=/"}}, ErrNoDisplay},
		"a dead display":   {Options{Env: []string{"DISPLAY=:4711"}}, ErrNoServer},
		"no such rung":     {Options{Env: env(x), From: "nonsense"}, ErrUnknown},
		"another's rung":   {Options{Env: env(x), From: "desktop-gl"}, ErrUnknown},
		"a file of garble": {Options{Env: env(x)}, ErrNotStarted},
	} {
		path, err := built()
		if err != nil {
			t.Fatal(err)
		}
		if name == "a file of garble" {
			path = filepath.Join(t.TempDir(), "garble")
			if err := os.WriteFile(path, []byte{1, 2, 3, 4}, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if c.o.Program, err = Recognise([]string{path}); err != nil {
			t.Fatal(err)
		}
		if _, err := Run(context.Background(), c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"/no/such/program", "no-such-program-anywhere", t.TempDir()} {
		if _, err := Recognise([]string{name}); err == nil {
			t.Errorf("%s is taken for a program", name)
		}
	}
}

func TestAsItIs(t *testing.T) {
	x := display(t)
	res, _, err := run(t, Options{Env: env(x, "GALLIUM_DRIVER=mine"), From: AsIs, Only: true, Patience: patience}, "-needs", "GALLIUM_DRIVER=mine", "-exit", "0")
	if err != nil || outcomes(&res.Safe) != "as-is draws" {
		t.Errorf("%+v, %v", res, err)
	}
}
