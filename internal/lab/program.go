package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// skipError says why a program cannot be ill here: this user may not do what it
// takes, or this system does not have it.
type skipError struct{ why string }

func (e skipError) Error() string { return e.why }

// program is one running program of the lab.
type program struct {
	cmd   *exec.Cmd
	home  string
	ended chan struct{} // closed when the process has ended and was waited for
	tail  *tail
}

// start starts the program of run and waits until it says that it is ill.
func (r *Runner) start(ctx context.Context, s *stage, run Run) (*program, error) {
	home, err := s.home(run.User)
	if err != nil {
		return nil, err
	}
	drop := run.User == Ordinary && os.Getuid() == 0
	path := r.binary(run.Fault.Program, run.Build)
	if drop {
		if path, err = s.reach(path); err != nil {
			return nil, err
		}
	}
	p := &program{home: home, ended: make(chan struct{}), tail: &tail{}}
	p.cmd = exec.CommandContext(ctx, path, "-life", life.String(), run.Fault.Name)
	attributes(p.cmd, drop)
	p.cmd.Dir, p.cmd.Env, p.cmd.Stderr = home, s.environment(home), p.tail
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	armed, skip := make(chan struct{}), make(chan string, 1)
	go func() {
		defer close(p.ended)
		lines := bufio.NewScanner(out)
		for first := true; lines.Scan(); {
			if !first {
				continue
			}
			if lines.Text() == "armed" {
				close(armed)
				first = false
			} else if why, ok := strings.CutPrefix(lines.Text(), "skip: "); ok {
				skip <- why
				first = false
			}
		}
		io.Copy(io.Discard, out)
		p.cmd.Wait()
	}()
	late := time.NewTimer(armTimeout)
	defer late.Stop()
	select {
	case <-armed:
		return p, nil
	case why := <-skip:
		err = skipError{why}
	case <-ctx.Done():
		err = ctx.Err()
	case <-p.ended:
		select {
		case why := <-skip:
			err = skipError{why}
		default:
			err = fmt.Errorf("it ended: %s", p.said())
		}
	case <-late.C:
		err = errors.New("it did not say so in " + armTimeout.String())
	}
	p.stop()
	return nil, err
}

// stop ends the program, its children with it, and removes its home.
func (p *program) stop() {
	end(p.cmd)
	<-p.ended
	os.RemoveAll(p.home)
}

// said returns the last lines that the program wrote to stderr.
func (p *program) said() string { return lastLines(p.tail.String(), 2) }

// tail is a writer that keeps the last 4 KiB.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	t.kept = t.kept[max(0, len(t.kept)-4096):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
