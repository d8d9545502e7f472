package native

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/native/exact"
	"github.com/gomedic/gomedic/internal/proc"
)

// Preload records a program that is started with a library of gomedic's, from its first
// allocation on. One that has a malloc of its own is started without.
type Preload struct {
	other     string // the file that has it; "": there is none
	dir, file string
	stop      context.CancelFunc
	wait      sync.WaitGroup
	e         *exactly // once it was found
	err       error
}

// NewPreload writes the library for a program that is to be started; Close removes it.
func NewPreload(program string, env []string) (*Preload, error) {
	if file, err := exec.LookPath(program); err == nil {
		if other := exact.OtherMalloc(file, env); other != "" {
			return &Preload{other: other}, nil
		}
	}
	dir, err := os.MkdirTemp("", "gomedic-native-")
	if err != nil {
		return nil, err
	}
	p := &Preload{dir: dir, err: exact.ErrNotPreloaded}
	if p.file, err = exact.WritePreload(dir); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return p, nil
}

// Env is an environment with the library in it, before what is preloaded already.
func (p *Preload) Env(env []string) []string {
	if p.other != "" {
		return env
	}
	const name = "LD_PRELOAD="
	out := make([]string, 0, len(env)+1)
	value := p.file
	for _, v := range env {
		if strings.HasPrefix(v, name) {
			if rest := v[len(name):]; rest != "" {
				value += ":" + rest
			}
			continue
		}
		out = append(out, v)
	}
	return append(out, name+value)
}

// Follow begins to empty the rings of the program that was started.
func (p *Preload) Follow(pid int) {
	if p.other != "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	p.stop = cancel
	p.wait.Go(func() {
		defer cancel()
		for ctx.Err() == nil {
			process, err := proc.Open(pid)
			if err == nil {
				e := &exactly{p: process, preloaded: true}
				if e.h, err = exact.Preloaded(process); err == nil {
					p.e, p.err = e, e.On()
					for p.err == nil && ctx.Err() == nil && !e.findGo(pid) {
						time.Sleep(20 * time.Millisecond)
					}
					return
				}
			}
			p.err = err
			time.Sleep(time.Millisecond)
		}
	})
}

// findGo finds where threads note their goroutines, once the program's runtime has
// begun: what was allocated before has no Go stack.
func (e *exactly) findGo(pid int) bool {
	a, err := attach.Process(pid)
	if err != nil {
		return false
	}
	defer a.Close()
	e.mu.Lock()
	defer e.mu.Unlock()
	bases, err := e.h.Threads()
	if err != nil {
		return false
	}
	l := a.Program.CgoLayout(a.Process, bases)
	if l.TLSG == 0 || e.h.SetLayout(l) != nil {
		return false
	}
	e.goSince = exact.Now()
	return true
}

// Other is the file whose malloc the program has, where it was started without the
// library for that.
func (p *Preload) Other() string { return p.other }

// recorder is the recorder of a program whose runtime has begun.
func (p *Preload) recorder(prog *gort.Program, threads map[int]proc.Registers) (recorder, error) {
	if p.other != "" {
		return nil, errOther
	}
	p.wait.Wait()
	if p.e == nil || p.err != nil {
		return nil, errors.Join(p.err)
	}
	p.e.mu.Lock()
	defer p.e.mu.Unlock()
	return p.e, p.e.h.SetLayout(layout(p.e.p, prog, threads))
}

// attached is what records a program that was started without the library: hooks that
// are set now; an error where its malloc would not be seen through them.
func (p *Preload) attached(process *proc.Process, prog *gort.Program, threads map[int]proc.Registers) (recorder, error) {
	e, err := newExactly(process, prog, threads)
	if err == nil && !exact.CallsMallocOf(process, p.other) {
		err = errNoLibrary
	}
	return e, err
}

// Close removes the library, and ends the recording.
func (p *Preload) Close() error {
	if p.other != "" {
		return nil
	}
	if p.stop != nil {
		p.stop()
	}
	p.wait.Wait()
	var err error
	if p.e != nil {
		err = p.e.Close()
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}
