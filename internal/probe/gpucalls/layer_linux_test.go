package gpucalls_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/gpucalls"
	"github.com/gomedic/gomedic/internal/probe/stacks"
)

// display starts an X server, and returns the name of its display.
func display(t *testing.T) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	c := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-ac")
	c.ExtraFiles = []*os.File{write}
	err = c.Start()
	write.Close()
	if err != nil {
		t.Fatalf("Xvfb is needed (Debian: apt install xvfb): %v", err)
	}
	t.Cleanup(func() {
		c.Process.Signal(os.Interrupt) // so that it removes its socket and lock
		c.Wait()
	})
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return ":" + strings.TrimSpace(number)
}

// vulkan is the program of testdata/vulkan.
type vulkan struct {
	pid   int
	in    io.WriteCloser
	lines *bufio.Scanner
	t     testing.TB
}

// startVulkan starts it and waits until it is ready; the test is skipped where this
// machine has no Vulkan. layer may be nil.
func startVulkan(t testing.TB, exe string, env []string, layer *gpucalls.Layer, args ...string) *vulkan {
	t.Helper()
	c := exec.Command(exe, args...)
	c.Env = env
	if layer != nil {
		c.Env = layer.Env(env)
	}
	c.Stderr = os.Stderr
	prog := running.Start(t, c)
	if layer != nil {
		layer.Follow(prog.PID)
	}
	v := &vulkan{pid: prog.PID, in: prog.Stdin, lines: prog.Lines, t: t}
	if v.lines.Scan(); v.lines.Text() != "ready" {
		t.Fatalf("it says %q (a Vulkan driver is needed; Debian: apt install mesa-vulkan-drivers)", v.lines.Text())
	}
	return v
}

// do has it do something, and returns what it said until it was done.
func (v *vulkan) do(what string) (said []string) {
	v.t.Helper()
	fmt.Fprintln(v.in, what)
	for v.lines.Scan() {
		if v.lines.Text() == "done" {
			return said
		}
		said = append(said, v.lines.Text())
	}
	v.t.Fatalf("it ended while it was to do %q: %q", what, said)
	return nil
}

// watch watches it while it does something.
func (v *vulkan) watch(layer *gpucalls.Layer, what string) *evidence.GPUCalls {
	v.t.Helper()
	a, err := attach.Process(v.pid)
	if err != nil {
		v.t.Fatal(err)
	}
	defer a.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	done := make(chan struct{})
	gpucalls.Started(func() {
		go func() {
			defer close(done)
			v.do(what)
			cancel()
		}()
	})
	defer gpucalls.Started(nil)
	ev, limits, probe, err := gpucalls.Run(ctx, stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID}, 0, layer)
	if err != nil || ev == nil {
		v.t.Fatalf("%v, %v, %v", ev, limits, err)
	}
	<-done
	if probe.Stops != 0 {
		v.t.Errorf("stopped the target %d times", probe.Stops)
	}
	if ev.Lost != 0 || len(ev.Dropped) != 0 {
		v.t.Errorf("%d lost, dropped %v", ev.Lost, ev.Dropped)
	}
	return ev
}

func newLayer(t testing.TB) *gpucalls.Layer {
	t.Helper()
	l, err := gpucalls.NewLayer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// counted is what a watch found in the program's own functions, as lines.
func counted(ev *evidence.GPUCalls) map[string]string {
	place := func(stack, at int) string {
		if stack < 0 || at < 0 {
			return ""
		}
		return ev.Stacks[stack][at].Function
	}
	type sums [4]int
	all := map[string]sums{}
	add := func(key string, stack, at int, s sums) {
		if f := place(stack, at); f != "" { // which may be called on several lines
			was := all[key+" "+f]
			for i := range s {
				was[i] += s[i]
			}
			all[key+" "+f] = was
		}
	}
	for _, x := range ev.Calls {
		add(x.Function, x.Stack, x.Place, sums{x.Times, x.Frames, x.Same})
	}
	out := map[string]string{}
	for key, s := range all {
		out[key] = fmt.Sprintf("%d times in %d frames, %d same", s[0], s[1], s[2])
	}
	clear(all)
	for _, o := range ev.Objects {
		add(o.Function, o.Stack, o.Place, sums{o.Made, o.Destroyed, o.Growth[7]})
	}
	for key, s := range all {
		out[key] = fmt.Sprintf("%d made, %d destroyed, grown by %d", s[0], s[1], s[2])
	}
	clear(all)
	for _, m := range ev.Memory {
		add("memory", m.Stack, m.Place, sums{int(m.Bytes), m.Pieces})
	}
	for key, s := range all {
		out[key] = fmt.Sprintf("%d bytes in %d pieces", s[0], s[1])
	}
	return out
}

var fifty = map[string]string{
	"vkQueueWaitIdle main.finishes":    "50 times in 49 frames, 0 same",
	"vkQueueSubmit main.usesFence":     "50 times in 49 frames, 0 same",
	"vkWaitForFences main.usesFence":   "50 times in 49 frames, 50 same",
	"vkAcquireNextImageKHR main.shows": "50 times in 49 frames, 0 same",
	"vkWaitForFences main.shows":       "50 times in 49 frames, 0 same",
	"vkQueueSubmit main.shows":         "50 times in 49 frames, 0 same",
	"vkQueueWaitIdle main.shows":       "50 times in 49 frames, 0 same",
	"vkQueuePresentKHR main.shows":     "50 times in 49 frames, 0 same",
	"vkCreateFence main.keepsFence":    "50 made, 0 destroyed, grown by 50",
	"vkCreateFence main.usesFence":     "50 made, 50 destroyed, grown by 0",
	"vkCreateImage main.usesImage":     "50 made, 50 destroyed, grown by 0",
	"vkCreateImage main.keepsImage":    "5 made, 0 destroyed, grown by 5",
	"vkAllocateMemory main.usesImage":  "50 made, 50 destroyed, grown by 0",
	"vkAllocateMemory main.keepsImage": "5 made, 0 destroyed, grown by 5",
	"memory main.usesImage":            "0 bytes in 0 pieces",
	"memory main.keepsImage":           "327680 bytes in 5 pieces",
}

func compare(t *testing.T, way string, got map[string]string) {
	t.Helper()
	for _, key := range slices.Sorted(maps.Keys(fifty)) {
		if got[key] != fifty[key] {
			t.Errorf("%s: %s: %q, want %q", way, key, got[key], fifty[key])
		}
	}
}

// The layer and the probes count the same of one program, on a real driver in a real
// window: every call and every object, with the function of Go.
func TestLayerCountsAsProbesDo(t *testing.T) {
	exe := build(t, "vulkan")
	env := append(os.Environ(), "DISPLAY="+display(t))
	layer := newLayer(t)
	v := startVulkan(t, exe, env, layer, "-window")
	ev := v.watch(layer, "go")
	compare(t, "layer", counted(ev))
	if !ev.Layer || ev.Frames != 50 || ev.Untimed || ev.Present != "fifo" || ev.Interval != 1 || !slices.Contains(ev.APIs, "vulkan") {
		t.Errorf("layer %v, %d frames, untimed %v, %q, interval %d, %v", ev.Layer, ev.Frames, ev.Untimed, ev.Present, ev.Interval, ev.APIs)
	}
	if ev.Renderer == "" || ev.Version == "" || ev.DeviceMemory == 0 || len(ev.Libraries) == 0 {
		t.Errorf("renderer %q, version %q, %d bytes, %v", ev.Renderer, ev.Version, ev.DeviceMemory, ev.Libraries)
	}
	for _, x := range ev.Calls {
		if x.Total < x.Longest || x.Longest < x.Median || x.CPU > x.Total || x.Goroutine == 0 {
			t.Errorf("%s: %+v", x.Function, x)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes: the other half is not compared")
	}
	v = startVulkan(t, exe, env, nil, "-window")
	ev = v.watch(nil, "go")
	compare(t, "probes", counted(ev))
	if ev.Layer || ev.Frames != 50 {
		t.Errorf("layer %v, %d frames", ev.Layer, ev.Frames)
	}
}

// What was allocated before the watch is in the books, and what was freed is not.
func TestMemoryFromTheStart(t *testing.T) {
	layer := newLayer(t)
	v := startVulkan(t, build(t, "vulkan"), os.Environ(), layer)
	v.do("go")
	ev := v.watch(layer, "go")
	if got, want := counted(ev)["memory main.keepsImage"], "655360 bytes in 10 pieces"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A program goes on when nobody reads what its layer notes, as after gomedic's end; and
// it can be watched by probes still.
func TestLayerAlone(t *testing.T) {
	exe := build(t, "vulkan")
	layer := newLayer(t)
	v := startVulkan(t, exe, layer.Env(os.Environ()), nil)
	for range 3 { // the ring has room for 4,096 calls
		v.do("many")
	}
	if said := v.do("again"); strings.Join(said, "") != "0" {
		t.Errorf("another device: %q", said)
	}
}

// gomedic is killed in the middle of a watch: the program goes on, makes devices and gives
// them back, and can be watched by probes.
func TestLayerKilled(t *testing.T) {
	layer := newLayer(t)
	v := startVulkan(t, build(t, "vulkan"), layer.Env(os.Environ()), nil)
	for range 3 {
		c := exec.Command(os.Args[0], "-test.run", "^TestWatcher$")
		c.Env = append(os.Environ(), "GPUCALLS_WATCHED="+strconv.Itoa(v.pid), "TMPDIR="+t.TempDir())
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if lines.Scan(); lines.Text() != "watching" {
			t.Errorf("the watcher says %q", lines.Text())
		}
		v.do("go")
		c.Process.Kill()
		c.Wait()
		v.do("many")
		if said := v.do("again"); strings.Join(said, "") != "0" {
			t.Errorf("another device: %q", said)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	if got, want := counted(v.watch(nil, "go"))["vkCreateFence main.usesFence"], "50 made, 50 destroyed, grown by 0"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestWatcher is the program that TestLayerKilled kills: it watches another by the layer.
func TestWatcher(t *testing.T) {
	pid, err := strconv.Atoi(os.Getenv("GPUCALLS_WATCHED"))
	if err != nil {
		t.Skip("for another test")
	}
	a, err := attach.Process(pid)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	layer := newLayer(t)
	layer.Follow(pid)
	gpucalls.Started(func() { fmt.Println("watching") })
	ev, _, _, err := gpucalls.Run(context.Background(), stacks.Target{Process: a.Process, Program: a.Program, Evidence: &a.ID}, time.Minute, layer)
	t.Fatalf("it was not killed: %v, %v", ev, err)
}

// A program that is started when the layer's folder has gone runs without it.
func TestLayerGone(t *testing.T) {
	exe := build(t, "vulkan")
	layer := newLayer(t)
	v := startVulkan(t, exe, layer.Env(os.Environ()), nil)
	if err := layer.Close(); err != nil {
		t.Fatal(err)
	}
	if said := v.do("again"); strings.Join(said, "") != "0" {
		t.Errorf("another instance: %q", said)
	}
	v = startVulkan(t, exe, layer.Env(os.Environ()), nil)
	v.do("go")
}

// The layer hides nothing and adds nothing: a program is given the same functions.
func TestLayerHandsOn(t *testing.T) {
	exe := build(t, "vulkan")
	layer := newLayer(t)
	with := startVulkan(t, exe, layer.Env(os.Environ()), nil).do("names")
	without := startVulkan(t, exe, os.Environ(), nil).do("names")
	if !slices.Equal(with, without) || len(with) < 10 {
		t.Errorf("with the layer:\n%s\nwithout:\n%s", strings.Join(with, "\n"), strings.Join(without, "\n"))
	}
}

// Several devices come and go, and those that are left are watched.
func TestLayerSeveralDevices(t *testing.T) {
	layer := newLayer(t)
	v := startVulkan(t, build(t, "vulkan"), os.Environ(), layer)
	for range 5 {
		if said := v.do("again"); strings.Join(said, "") != "0" {
			t.Fatalf("another device: %q", said)
		}
	}
	got := counted(v.watch(layer, "go"))
	if want := "50 made, 0 destroyed, grown by 50"; got["vkCreateFence main.keepsFence"] != want {
		t.Errorf("%q, want %q", got["vkCreateFence main.keepsFence"], want)
	}
}

// Nothing is left of the layer's files.
func TestLayerLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	l, err := gpucalls.NewLayer()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// BenchmarkVulkan says what calls cost more while they are watched by the layer, and by
// probes: bench/GPUCALLS.md. It is no benchmark of Go code: run it with -benchtime 1x.
func BenchmarkVulkan(b *testing.B) {
	exe := build(b, "vulkan")
	report := func(way string, said []string) {
		var wait, fence float64
		fmt.Sscan(strings.Join(said, " "), &wait, &fence)
		b.ReportMetric(wait, "wait-"+way+"-ns")
		b.ReportMetric(fence, "fence-"+way+"-ns")
	}
	report("bare", startVulkan(b, exe, os.Environ(), nil).do("measure"))
	layer := newLayer(b)
	v := startVulkan(b, exe, os.Environ(), layer)
	v.watch(layer, "go") // Go's stacks are told by now
	report("layer", v.do("measure"))
	full := startVulkan(b, exe, newLayer(b).Env(os.Environ()), nil)
	full.do("many")
	report("unread", full.do("measure"))
}
