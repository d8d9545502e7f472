//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// target is the program that is looked at, running.
type target struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *json.Decoder
	live   live
}

// live is what it says of its heap when it is ready.
type live struct {
	Objects int64 `json:"objects"`
	Bytes   int64 `json:"bytes"`
}

// frames are what it says of its frames; times are microseconds.
type frames struct {
	Frames  int   `json:"frames"`
	P50     int64 `json:"p50"`
	P99     int64 `json:"p99"`
	Longest int64 `json:"longest_gap"`
}

// growPerFrame is how much the program leaks: 600 objects of 200 bytes a second.
const growPerFrame = 10

func (b *bench) start(objects int) (*target, error) {
	t := &target{cmd: exec.Command(b.target, strconv.Itoa(objects), strconv.Itoa(growPerFrame))}
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	t.cmd.Stderr = os.Stderr
	out, err := t.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if t.stdin, err = t.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	t.stdout = json.NewDecoder(out)
	if err := t.stdout.Decode(&t.live); err != nil {
		t.end()
		return nil, fmt.Errorf("the program did not get ready: %w", err)
	}
	logf("%d objects, %d MB live", t.live.Objects, t.live.Bytes/1e6)
	return t, nil
}

func (t *target) pid() string { return strconv.Itoa(t.cmd.Process.Pid) }

// ask sends a line and reads the answer.
func (t *target) ask(line string, answer any) error {
	if _, err := fmt.Fprintln(t.stdin, line); err != nil {
		return err
	}
	return t.stdout.Decode(answer)
}

// report is the program's frames since the last report.
func (t *target) report() (f frames, err error) { return f, t.ask("report", &f) }

// during is the program's frames over a time.
func (t *target) during(ctx context.Context, d time.Duration) (frames, error) {
	if _, err := t.report(); err != nil {
		return frames{}, err
	}
	select {
	case <-ctx.Done():
		return frames{}, ctx.Err()
	case <-time.After(d):
	}
	return t.report()
}

func (t *target) end() {
	_ = t.cmd.Process.Kill()
	_ = t.cmd.Wait()
}

// used is what a run of a tool took.
type used struct {
	took time.Duration
	peak int64 // bytes resident at most
}

// measure runs a tool to its end.
func measure(c *exec.Cmd) (used, error) {
	if c.Stderr == nil {
		c.Stderr = os.Stderr
	}
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	began := time.Now()
	err := c.Run()
	u := used{took: time.Since(began)}
	if r, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.peak = r.Maxrss << 10 // getrusage(2) counts in KiB
	}
	return u, err
}

// leak runs gomedic leak, and reads what it saved.
func (b *bench) leak(ctx context.Context, pid string, args ...string) (used, *evidence.Heap, error) {
	save := b.dir + "/look.gomedic"
	c := exec.CommandContext(ctx, b.gomedic, append([]string{"leak", pid, "--save", save, "-q"}, args...)...)
	u, err := measure(c)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) { // 1: there are findings
		return u, nil, fmt.Errorf("gomedic leak: %w", err)
	}
	f, err := os.Open(save)
	if err != nil {
		return u, nil, err
	}
	defer f.Close()
	defer os.Remove(save)
	st, err := f.Stat()
	if err != nil {
		return u, nil, err
	}
	ev, err := evidence.ReadBundle(f, st.Size())
	if err != nil {
		return u, nil, err
	}
	if ev.Heap == nil || len(ev.Heap.Looks) == 0 {
		return u, nil, errors.New("gomedic leak: no look in what it saved")
	}
	return u, ev.Heap, nil
}

func logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
