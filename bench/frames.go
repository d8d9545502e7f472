//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// painted is a program of the lab that makes frames and logs each by its own
// clock: the measured ones of lab/README.md.
type painted struct {
	title   string
	toolkit string // the lab's folder
	name    string // of the program
	work    string // milliseconds in each frame; empty: 0 to 7 in turn
	part    string // the part of a frame that the program can measure; empty: all of it
	between bool   // it measures from one frame to the next
}

// accurate are what the accuracy is measured on, and costly what the cost is.
var (
	accurate = []painted{
		{title: "GLFW, polled", toolkit: "glfw", name: "glfw-measured-polled"},
		{title: "GLFW, 60 a second", toolkit: "glfw", name: "glfw-measured"},
		{title: "Gio", toolkit: "gio", name: "gio-measured"},
		{title: "Ebitengine: Update and Draw", toolkit: "ebitengine", name: "ebitengine-measured", part: "user"},
		{title: "Fyne: from tick to tick", toolkit: "fyne", name: "fyne-measured", between: true},
	}
	costly = []painted{
		{title: "GLFW, polled", toolkit: "glfw", name: "glfw-measured-polled", work: "1"},
		{title: "Gio", toolkit: "gio", name: "gio-measured", work: "1"},
		{title: "Ebitengine", toolkit: "ebitengine", name: "ebitengine-measured", work: "1"},
		{title: "Fyne, 60 a second", toolkit: "fyne", name: "fyne-measured", work: "1"},
		{title: "GLFW, polled, frames of 12 ms", toolkit: "glfw", name: "glfw-measured-polled", work: "12"},
	}
)

// canvas is one of them running.
type canvas struct {
	*exec.Cmd
	lines *bufio.Scanner
	log   string
}

// paint starts one and waits until it draws.
func (b *bench) paint(p painted) (*canvas, error) {
	log, err := os.CreateTemp(b.dir, "frames-")
	if err != nil {
		return nil, err
	}
	log.Close()
	c := &canvas{Cmd: exec.Command(filepath.Join(b.dir, "lab-"+p.toolkit), "-life", "20m", p.name), log: log.Name()}
	c.Env = append(os.Environ(), "DISPLAY="+b.display, "LANG=C.UTF-8", "LAB_FRAMES="+c.log)
	if p.work != "" {
		c.Env = append(c.Env, "LAB_WORK="+p.work)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	c.lines = bufio.NewScanner(out)
	if err := c.await("armed"); err != nil {
		c.end()
		return nil, fmt.Errorf("%s: %w", p.title, err)
	}
	return c, nil
}

// await waits for a line of the program's, for at most half a minute.
func (c *canvas) await(line string) error {
	late := time.AfterFunc(30*time.Second, func() { _ = c.Process.Kill() })
	defer late.Stop()
	for c.lines.Scan() {
		if strings.HasPrefix(c.lines.Text(), line) {
			return nil
		}
	}
	return errors.New("it does not say " + line)
}

func (c *canvas) pid() int { return c.Process.Pid }

func (c *canvas) end() {
	_ = c.Process.Kill()
	_ = c.Wait()
	os.Remove(c.log)
}

// toggle switches what the program does to look at itself.
func (c *canvas) toggle(s syscall.Signal, says string) error {
	if err := c.Process.Signal(s); err != nil {
		return err
	}
	return c.await(says)
}

// ownFrame is a line of the program's log.
type ownFrame struct {
	kind       string
	start, end int64 // CLOCK_MONOTONIC
}

// frames reads the program's log once it has written what it made until now.
func (c *canvas) frames(until int64) ([]ownFrame, error) {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		all, err := readFrames(c.log)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 && all[len(all)-1].end > until {
			return all, nil
		}
		if time.Now().After(end) {
			return nil, errors.New("the program logs no frames")
		}
	}
}

func readFrames(path string) (all []ownFrame, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return all, nil // the last line may not be whole yet
		}
		if err != nil {
			return nil, err
		}
		var o ownFrame
		if strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := fmt.Sscan(line, &o.kind, &o.start, &o.end); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", path, line, err)
		}
		all = append(all, o)
	}
}

// cpu is the CPU time that a process has used, to the nanosecond
// (clock_getcpuclockid(3); the number is the kernel's, linux/posix-timers.h).
func cpu(pid int) time.Duration {
	const sched = 2 // CPUCLOCK_SCHED
	var ts unix.Timespec
	if unix.ClockGettime(int32(^pid<<3|sched), &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

func monotonic() int64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return 0
	}
	return ts.Nano()
}

// buildPainted builds the lab's programs.
func (b *bench) buildPainted(build func(folder string, env []string, args ...string) error) error {
	for _, tk := range []string{"glfw", "gio", "ebitengine", "fyne"} {
		out := filepath.Join(b.dir, "lab-"+tk)
		if err := build("lab", []string{"CGO_ENABLED=1", "GOWORK=off"}, "build", "-o", out, "./"+tk); err != nil {
			return err
		}
	}
	return nil
}

// others are what the cost of a watch is measured beside.
func (b *bench) others() []string {
	return strings.FieldsFunc(b.beside, func(r rune) bool { return r == ',' })
}

// watchFrames makes every measurement of the frames' watch.
func (b *bench) watchFrames(ctx context.Context) (*watched, error) {
	r := &watched{conditions: newConditions()}
	only, err := regexp.Compile(b.program)
	if err != nil {
		return nil, err
	}
	for _, p := range accurate {
		if b.program != "" {
			break // the cost alone
		}
		a, err := b.accuracy(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.title, err)
		}
		fmt.Fprintf(b.log, "%+v\n", a)
		r.Accuracy = append(r.Accuracy, *a)
	}
	for _, p := range costly {
		if !only.MatchString(p.title) {
			continue
		}
		c, err := b.cost(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.title, err)
		}
		fmt.Fprintf(b.log, "%+v\n", c)
		r.Costs = append(r.Costs, *c)
	}
	r.Load = append(r.Load, load())
	return r, nil
}
