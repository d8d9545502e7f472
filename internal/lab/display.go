package lab

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// xvfbStart is how long Xvfb may take until it listens.
const xvfbStart = 20 * time.Second

// display returns the X display to use, and what ends it.
func (r *Runner) display(ctx context.Context) (name string, stop func(), err error) {
	if r.Display {
		name := os.Getenv("DISPLAY")
		if name == "" {
			return "", nil, fail(r.Lang, nil, "fail.display", nil)
		}
		return name, func() {}, nil
	}
	name, stop, err = startXvfb(ctx)
	if err != nil && ctx.Err() == nil {
		err = fail(r.Lang, err, "fail.xvfb", nil)
	}
	return name, stop, err
}

// startXvfb starts a virtual X server on a free display. Xvfb itself chooses
// the number and writes it to the descriptor of -displayfd when it listens.
func startXvfb(ctx context.Context) (name string, stop func(), err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return "", nil, err
	}
	defer read.Close()
	cmd := exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-ac")
	attributes(cmd, false)
	cmd.ExtraFiles = []*os.File{write}
	err = cmd.Start()
	write.Close()
	if err != nil {
		return "", nil, err
	}
	stop = func() {
		cmd.Process.Signal(os.Interrupt) // so that it removes its socket and lock
		late := time.AfterFunc(5*time.Second, func() { end(cmd) })
		cmd.Wait()
		late.Stop()
	}
	if err := read.SetReadDeadline(time.Now().Add(xvfbStart)); err != nil {
		stop()
		return "", nil, err
	}
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("wait for its display number: %w", err)
	}
	return ":" + strings.TrimSpace(number), stop, nil
}
