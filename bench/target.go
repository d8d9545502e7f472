//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// kind is a frozen program that the tools are tried on.
type kind struct {
	title string
	args  []string // program and arguments
	ready string   // what its standard output says when it is frozen
	place string   // the user's function that its UI, or main, goroutine stands in
}

// target is one running program of a kind.
type target struct {
	kind
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	lines  *bufio.Scanner
	stderr *os.File // what it writes there
	beat   *heartbeat
}

// start runs a program of the kind and waits until it is frozen.
func (b *bench) start(k kind) (*target, error) {
	beat, path, err := newHeartbeat(b.dir)
	if err != nil {
		return nil, err
	}
	t := &target{kind: k, beat: beat, cmd: exec.Command(k.args[0], k.args[1:]...)}
	t.cmd.Env = append(os.Environ(), "LD_PRELOAD="+b.heartbeat, "GOMEDIC_BENCH_HEARTBEAT="+path, "DISPLAY="+b.display, "LANG=C.UTF-8")
	stdout, err := t.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if t.stdin, err = t.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	var w *os.File
	if t.stderr, w, err = os.Pipe(); err != nil {
		return nil, err
	}
	t.cmd.Stderr = w
	err = t.cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	t.lines = bufio.NewScanner(stdout)
	if err := t.await(k.ready, 30*time.Second); err != nil {
		t.end()
		return nil, fmt.Errorf("%s: %w", k.title, err)
	}
	time.Sleep(2 * time.Second) // the chain of waits closes within a second
	return t, t.beat.reset()
}

// await waits for a line that contains s.
func (t *target) await(s string, within time.Duration) error {
	found := make(chan error, 1)
	go func() {
		for t.lines.Scan() {
			if strings.Contains(t.lines.Text(), s) {
				found <- nil
				return
			}
		}
		found <- errors.New("it ended before it was ready")
	}()
	select {
	case err := <-found:
		return err
	case <-time.After(within):
		return errors.New("it was not ready in time")
	}
}

func (t *target) pid() int { return t.cmd.Process.Pid }

// end ends the program, and nothing else.
func (t *target) end() {
	_ = t.cmd.Process.Kill()
	_ = t.cmd.Wait()
	t.stderr.Close()
}
