package dev

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/gomedic/gomedic/reload"
)

// program is one process of the program, and what it tells.
type program struct {
	cmd    *exec.Cmd
	binary string
	dir    string // its socket lies there
	since  time.Time

	exited chan struct{} // closed when it has ended
	exit   error         // then: why, nil for 0

	mu     sync.Mutex
	conn   net.Conn
	hello  *reload.Hello // nil: it has not called reload, so far
	waits  map[uint64]chan reload.Message
	lastID uint64

	greeted chan struct{} // closed with the hello
	drawn   chan struct{} // closed with the first frame
	records func(*reload.Record)
	lost    bool // the connection
}

// How long a program may take over something.
const (
	endsWithin  = 3 * time.Second // after it was asked to
	savesWithin = 10 * time.Second
	loadsWithin = 60 * time.Second
)

// start starts the program in a folder. records is told of what it reports unasked.
func start(binary, dir string, args []string, state string, env []string, files []*os.File, out, errs io.Writer, records func(*reload.Record)) (*program, error) {
	own, err := tempDir()
	if err != nil {
		return nil, err
	}
	p := &program{binary: binary, dir: own, since: time.Now(), exited: make(chan struct{}), greeted: make(chan struct{}),
		drawn: make(chan struct{}), waits: map[uint64]chan reload.Message{}, records: records}
	socket := filepath.Join(own, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		os.RemoveAll(own)
		return nil, err
	}
	p.cmd = exec.Command(binary, args...)
	p.cmd.Dir = dir
	p.cmd.ExtraFiles = files
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = os.Stdin, out, errs
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Env = append(p.cmd.Env, reload.EnvDev+"="+socket)
	if state != "" {
		p.cmd.Env = append(p.cmd.Env, reload.EnvState+"="+state)
	}
	if err := p.begin(); err != nil {
		l.Close()
		os.RemoveAll(own)
		return nil, err
	}
	go p.accept(l)
	go func() {
		<-p.exited
		l.Close()
		p.mu.Lock()
		if p.conn != nil {
			p.conn.Close()
		}
		p.mu.Unlock()
		os.RemoveAll(own)
	}()
	return p, nil
}

// begin starts the process. It ends with gomedic, also when that is killed: the kernel
// sees to it where it can (prctl(2), PR_SET_PDEATHSIG), as long as the thread lives
// that has started it.
func (p *program) begin() error {
	ownGroup(p.cmd)
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.exit = p.cmd.Wait()
			close(p.exited)
		}
	}()
	return <-started
}

// accept takes the one connection of the program's host.
func (p *program) accept(l net.Listener) {
	conn, err := l.Accept()
	l.Close()
	if err != nil {
		return
	}
	p.mu.Lock()
	p.conn = conn
	p.mu.Unlock()
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		var m reload.Message
		if json.Unmarshal(line, &m) != nil {
			continue
		}
		p.told(&m)
	}
	p.mu.Lock()
	p.lost = true
	for id, c := range p.waits {
		close(c)
		delete(p.waits, id)
	}
	p.mu.Unlock()
}

func (p *program) told(m *reload.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case m.Hello != nil && p.hello == nil:
		p.hello = m.Hello
		close(p.greeted)
	case m.Frame:
		select {
		case <-p.drawn:
		default:
			close(p.drawn)
		}
	case m.ID != 0:
		if c := p.waits[m.ID]; c != nil {
			delete(p.waits, m.ID)
			c <- *m
		}
	case m.Record != nil && p.records != nil:
		r := m.Record
		go p.records(r)
	}
}

// takes reports whether code can be loaded into the program, and why not.
func (p *program) takes() (plugins bool, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hello == nil {
		return false, ""
	}
	return p.hello.Plugins, p.hello.Why
}

var errLost = errors.New("the program does not answer any more")

// ask asks the program, and waits for the answer.
func (p *program) ask(ctx context.Context, q reload.Request, within time.Duration) (reload.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	answer := make(chan reload.Message, 1)
	p.mu.Lock()
	if p.conn == nil || p.lost {
		p.mu.Unlock()
		return reload.Message{}, errLost
	}
	p.lastID++
	q.ID = p.lastID
	p.waits[q.ID] = answer
	b, err := json.Marshal(q)
	if err == nil {
		_, err = p.conn.Write(append(b, '\n'))
	}
	p.mu.Unlock()
	if err != nil {
		return reload.Message{}, errLost
	}
	select {
	case m, ok := <-answer:
		if !ok {
			return m, errLost
		}
		if m.Error != "" {
			return m, errors.New(m.Error)
		}
		return m, nil
	case <-p.exited:
		return reload.Message{}, fmt.Errorf("the program ended: %w", p.ended())
	case <-ctx.Done():
		p.mu.Lock()
		delete(p.waits, q.ID)
		p.mu.Unlock()
		return reload.Message{}, ctx.Err()
	}
}

// ended is how the program ended.
func (p *program) ended() error {
	if p.exit == nil {
		return errors.New("exit status 0")
	}
	return p.exit
}

// end ends the program and all that it has started: it is asked to, and killed if it
// does not.
func (p *program) end() {
	select {
	case <-p.exited:
	default:
		askToEnd(p.cmd)
		select {
		case <-p.exited:
		case <-time.After(endsWithin):
		}
	}
	killGroup(p.cmd)
	<-p.exited
}
