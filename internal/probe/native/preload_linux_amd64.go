package native

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/probe/native/exact"
	"github.com/gomedic/gomedic/internal/proc"
)

// Preload records a program that is started with a library of gomedic's, from its first
// allocation on.
type Preload struct {
	dir, file string
	stop      context.CancelFunc
	wait      sync.WaitGroup
	e         *exactly // once it was found
	err       error
}

// NewPreload writes the library; Close removes it.
func NewPreload() (*Preload, error) {
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

// recorder is the recorder of a program whose runtime has begun.
func (p *Preload) recorder(prog *gort.Program, threads map[int]proc.Registers) (recorder, error) {
	p.wait.Wait()
	if p.e == nil || p.err != nil {
		return nil, errors.Join(p.err)
	}
	p.e.mu.Lock()
	defer p.e.mu.Unlock()
	return p.e, p.e.h.SetLayout(layout(p.e.p, prog, threads))
}

// Close removes the library, and ends the recording.
func (p *Preload) Close() error {
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
