//go:build unix

package wasm

import (
	"context"
	"errors"
	"os"
	"syscall"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// connect starts the browser with a pipe at its file descriptors 3 and 4. The
// browser ends when the pipe closes, hence also when gomedic is killed.
func (p *process) connect(context.Context) (cdp.Transport, error) {
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirIn.Close()
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		ourOut.Close()
		return nil, err
	}
	defer theirOut.Close()
	p.cmd.Args = append(p.cmd.Args[:1:1], append([]string{"--remote-debugging-pipe"}, p.cmd.Args[1:]...)...)
	p.cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for gomedic, which then ends the browser
	if err := p.cmd.Start(); err != nil {
		ourIn.Close()
		ourOut.Close()
		return nil, p.failure(err)
	}
	go p.wait()
	return cdp.Pipe(ourIn, ourOut), nil
}

// kill ends the browser with all processes of its group.
func (p *process) kill() {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
