package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/gomedic/gomedic/agent/wire"
)

// Agent waits to be asked.
type Agent struct {
	o  Options
	l  *net.UnixListener
	wg sync.WaitGroup

	asked sync.Mutex // one question at a time
	mu    sync.Mutex
	open  map[*net.UnixConn]bool // nil: closed
}

// Start makes the program answer gomedic. An error means that it does not, as when
// another agent runs in the same process.
func Start(o Options) (*Agent, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: wire.Address(os.Getpid()), Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("start gomedic's agent: %w", err)
	}
	a := &Agent{o: o, l: l, open: map[*net.UnixConn]bool{}}
	a.wg.Go(a.serve)
	return a, nil
}

// Close ends the agent, and what is being answered. What was permitted is permitted no
// longer.
func (a *Agent) Close() error {
	err := a.l.Close()
	a.mu.Lock()
	for c := range a.open {
		c.Close()
	}
	a.open = nil
	a.mu.Unlock()
	a.wg.Wait()
	return err
}

func (a *Agent) serve() {
	for {
		c, err := a.l.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors
			time.Sleep(time.Second)
			continue
		}
		a.mu.Lock()
		closed := a.open == nil
		if !closed {
			a.open[c] = true
		}
		a.mu.Unlock()
		if closed {
			c.Close()
			return
		}
		a.wg.Go(func() {
			a.answer(c)
			a.mu.Lock()
			delete(a.open, c)
			a.mu.Unlock()
			c.Close()
		})
	}
}

// patience is how long the one who asks may take over it.
const patience = 5 * time.Second

// answer answers one question.
func (a *Agent) answer(c *net.UnixConn) {
	peer, err := peerOf(c)
	if err != nil {
		return
	}
	say := func(r wire.Reply, err error, rights []byte) bool {
		r.Version, r.PID = wire.Version, os.Getpid()
		if err != nil {
			r.Error = err.Error()
		}
		b, err := json.Marshal(r)
		if err != nil {
			return false
		}
		_ = c.SetWriteDeadline(time.Now().Add(patience))
		n, _, err := c.WriteMsgUnix(b, rights, nil)
		if err == nil && n < len(b) {
			_, err = c.Write(b[n:])
		}
		return err == nil
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	r, file, err := read(c)
	if file != nil {
		defer file.Close()
	}
	if err != nil {
		say(wire.Reply{}, err, nil)
		return
	}
	_ = c.SetReadDeadline(time.Time{})
	if !a.may(peer) {
		say(wire.Reply{Denied: true}, errors.New("the agent does not answer this user"), nil)
		return
	}
	a.asked.Lock()
	defer a.asked.Unlock()
	switch {
	case r.Version != wire.Version:
		say(wire.Reply{}, fmt.Errorf("the agent speaks version %d", wire.Version), nil)
	case r.Ask == wire.LetIn:
		undo, err := letIn(peer)
		if err != nil {
			say(wire.Reply{}, err, nil)
			return
		}
		defer undo()
		if say(wire.Reply{}, nil, nil) {
			_, _ = c.Read(make([]byte, 1)) // until it has seen enough, or is gone
		}
	case r.Ask == wire.Copy && file != nil:
		exe, err := os.Open("/proc/self/exe")
		if err != nil {
			say(wire.Reply{}, err, nil)
			return
		}
		defer exe.Close()
		reply, err := memory(c, file)
		say(reply, err, syscall.UnixRights(int(exe.Fd())))
	default:
		say(wire.Reply{}, fmt.Errorf("the agent cannot do %q", r.Ask), nil)
	}
}

// may: the one who asks gets an answer.
func (a *Agent) may(peer *syscall.Ucred) bool {
	uid := int(peer.Uid)
	return uid == os.Getuid() || uid == os.Geteuid() || uid == 0 || slices.Contains(a.o.Users, uid)
}

func peerOf(c *net.UnixConn) (cred *syscall.Ucred, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	if e := raw.Control(func(fd uintptr) {
		cred, err = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); e != nil {
		return nil, e
	}
	return cred, err
}

// read reads a question, and the file that comes with it.
func read(c *net.UnixConn) (r wire.Request, file *os.File, err error) {
	b, oob := make([]byte, 4096), make([]byte, 128)
	n, on, _, _, err := c.ReadMsgUnix(b, oob)
	if err != nil {
		return r, nil, err
	}
	messages, err := syscall.ParseSocketControlMessage(oob[:on])
	if err != nil {
		return r, nil, err
	}
	for _, m := range messages {
		fds, err := syscall.ParseUnixRights(&m)
		if err != nil {
			continue
		}
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			if file != nil {
				_ = syscall.Close(fd)
				continue
			}
			file = os.NewFile(uintptr(fd), "copy")
		}
	}
	return r, file, json.Unmarshal(b[:n], &r)
}

// Of linux/prctl.h; package syscall lacks them.
const (
	prGetDumpable = 3
	prSetDumpable = 4
	prSetPtracer  = 0x59616d61
)

// letIn permits a process of the program's own user to look. undo forbids it again.
func letIn(peer *syscall.Ucred) (undo func(), err error) {
	if int(peer.Uid) != os.Getuid() && peer.Uid != 0 {
		return nil, errors.New("the kernel lets no other user in")
	}
	if peer.Pid == 0 {
		return nil, errors.New("the one who asks is in another PID namespace")
	}
	was, _, e := syscall.RawSyscall(syscall.SYS_PRCTL, prGetDumpable, 0, 0)
	if e != 0 {
		return nil, e
	}
	if was == 0 {
		if _, _, e := syscall.RawSyscall(syscall.SYS_PRCTL, prSetDumpable, 1, 0); e != 0 {
			return nil, e
		}
	}
	// EINVAL: there is no Yama, and nothing to permit.
	_, _, e = syscall.RawSyscall(syscall.SYS_PRCTL, prSetPtracer, uintptr(peer.Pid), 0)
	undo = func() {
		if e == 0 {
			_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetPtracer, 0, 0)
		}
		if was == 0 {
			_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetDumpable, 0, 0)
		}
	}
	if e != 0 && e != syscall.EINVAL {
		undo()
		return nil, e
	}
	return undo, nil
}
