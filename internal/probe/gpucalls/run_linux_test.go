package gpucalls_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/gpucalls"
	"github.com/gomedic/gomedic/internal/probe/stacks"
)

// build builds a program of testdata; the test is skipped where there is no C compiler, or
// where a header of EGL or Vulkan is missing.
func build(t testing.TB, name string) string {
	t.Helper()
	needCompiler(t)
	exe, err := compile(t, name)
	if err != nil {
		if strings.Contains(err.Error(), ".h: No such file or directory") {
			t.Skipf("%s is not built here: %v", name, err)
		}
		t.Fatal(err)
	}
	return exe
}

func needCompiler(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("C takes a C compiler: ", err)
	}
}

// compiled is build for a program that needs nothing but a C compiler.
func compiled(t testing.TB, name string) string {
	t.Helper()
	needCompiler(t)
	exe, err := compile(t, name)
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func compile(t testing.TB, name string) (exe string, err error) {
	exe = filepath.Join(t.TempDir(), name)
	c := exec.Command("go", "build", "-o", exe, "./testdata/"+name)
	c.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return exe, nil
}

// watched is a program that goes on once the probes are in place, and a context that ends
// when it has written a line.
func watched(t *testing.T, prog *running.Program, done string) (context.Context, stacks.Target) {
	t.Helper()
	a, err := attach.Process(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	gpucalls.Started(func() {
		fmt.Fprintln(prog.Stdin, "go")
		go func() {
			for prog.Lines.Scan() && prog.Lines.Text() != done {
			}
			cancel()
		}()
	})
	t.Cleanup(func() { gpucalls.Started(nil) })
	return ctx, stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID}
}

// Every call and every object of a real program on a real driver is counted, with the
// function of Go that led to it.
func TestRunOnMesa(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	c := exec.Command(build(t, "egl"))
	c.Env = append(os.Environ(), "LIBGL_ALWAYS_SOFTWARE=1")
	prog := running.Start(t, c)
	lines := prog.Lines
	if lines.Scan(); lines.Text() != "ready" {
		t.Skip(lines.Text())
	}
	ctx, target := watched(t, prog, "done")
	ev, limits, probe, err := gpucalls.Run(ctx, target, 0, nil)
	if err != nil || ev == nil {
		t.Fatalf("%v, %v, %v", ev, limits, err)
	}
	if probe.Stops != 0 {
		t.Errorf("stopped the target %d times", probe.Stops)
	}
	if strings.Join(ev.APIs, " ") != "gl egl" || ev.Frames != 50 || ev.Lost != 0 || len(ev.Dropped) != 0 {
		t.Errorf("%v, %d frames, %d lost, dropped %v", ev.APIs, ev.Frames, ev.Lost, ev.Dropped)
	}
	place := func(stack, at int) string {
		if stack < 0 || at < 0 {
			return "?"
		}
		return ev.Stacks[stack][at].Function
	}
	type count struct{ times, frames, same int }
	calls := map[string]count{}
	for _, x := range ev.Calls {
		key := x.Function + " " + place(x.Stack, x.Place)
		calls[key] = count{calls[key].times + x.Times, calls[key].frames + x.Frames, calls[key].same + x.Same}
		if x.Total < x.Longest || x.Longest < x.Median || x.CPU > x.Total {
			t.Errorf("%s: %+v", key, x)
		}
	}
	for key, want := range map[string]count{
		"glFinish main.finishes":          {50, 49, 0}, // one before the first picture was shown
		"glClientWaitSync main.usesFence": {50, 49, 50},
		"glClientWaitSync main.main":      {48, 48, 0},
		"eglSwapBuffers main.main":        {50, 49, 0},
	} {
		if calls[key] != want {
			t.Errorf("%s: %+v, want %+v", key, calls[key], want)
		}
	}
	objects := map[string]evidence.GPUObject{}
	for _, o := range ev.Objects {
		objects[o.Function+" "+place(o.Stack, o.Place)] = o
	}
	for key, want := range map[string][2]int{
		"glFenceSync main.keepsFence":      {50, 0},
		"glFenceSync main.usesFence":       {50, 50},
		"glGenTextures main.makesTextures": {50 * 40, 50 * 38},
	} {
		if o := objects[key]; o.Made != want[0] || o.Destroyed != want[1] || o.OthersDestroyed != 0 || o.Growth[7] != want[0]-want[1] {
			t.Errorf("%s: %+v, want %v", key, o, want)
		}
	}
}

// BenchmarkCall says what a call costs more while it is watched: bench/GPUCALLS.md. It is
// no benchmark of Go code: run it with -benchtime 1x.
func BenchmarkCall(b *testing.B) {
	if os.Geteuid() != 0 {
		b.Skip("this user may set no probes")
	}
	c := exec.Command(build(b, "egl"))
	c.Env = append(os.Environ(), "LIBGL_ALWAYS_SOFTWARE=1")
	prog := running.Start(b, c)
	lines := prog.Lines
	if lines.Scan(); lines.Text() != "ready" {
		b.Skip(lines.Text())
	}
	measure := func() (finish, textures float64) {
		fmt.Fprintln(prog.Stdin, "measure")
		lines.Scan()
		fmt.Sscan(lines.Text(), &finish, &textures)
		return finish, textures
	}
	finish, textures := measure()
	a, err := attach.Process(prog.PID)
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	began := time.Now()
	var ready time.Duration
	var finish2, textures2 float64
	gpucalls.Started(func() {
		ready = time.Since(began)
		go func() {
			finish2, textures2 = measure()
			cancel()
		}()
	})
	defer gpucalls.Started(nil)
	if _, limits, _, err := gpucalls.Run(ctx, stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID}, 0, nil); err != nil || len(limits) > 0 {
		b.Fatal(limits, err)
	}
	after, after2 := measure()
	b.ReportMetric(finish, "finish-ns")
	b.ReportMetric(finish2, "finish-watched-ns")
	b.ReportMetric(after, "finish-left-ns")
	b.ReportMetric(textures, "textures-ns")
	b.ReportMetric(textures2, "textures-watched-ns")
	b.ReportMetric(after2, "textures-left-ns")
	b.ReportMetric(float64(ready.Milliseconds()), "ready-ms")
}

// A program without a driver is told so, and nothing is set.
func TestRunWithoutDriver(t *testing.T) {
	c := exec.Command(os.Args[0], "-test.run", "TestSleeper")
	c.Env = append(os.Environ(), "GPUCALLS_SLEEPER=1")
	prog := running.Start(t, c)
	prog.Lines.Scan()
	a, err := attach.Process(prog.PID)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ev, limits, _, err := gpucalls.Run(context.Background(), stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID}, time.Minute, nil)
	if ev != nil || err != nil || len(limits) != 1 {
		t.Errorf("%v, %v, %v", ev, limits, err)
	}
}

// TestSleeper is the program of TestRunWithoutDriver.
func TestSleeper(t *testing.T) {
	if os.Getenv("GPUCALLS_SLEEPER") == "" {
		t.Skip("for another test")
	}
	fmt.Println("ready")
	time.Sleep(time.Minute)
}
