package proc

import (
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/agent/wire"
)

// agentLets is how long an agent may take to let this process in.
const agentLets = 5 * time.Second

// AskAgent asks the agent in a process to let this one in. What is permitted is so
// until the connection is closed. ErrNoAgent: there is none.
func AskAgent(pid int) (*net.UnixConn, error) {
	c, err := dialAgent(pid)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(agentLets))
	if _, _, err := ask(c, wire.LetIn, nil); err != nil {
		c.Close()
		return nil, err
	}
	_ = c.SetDeadline(time.Time{})
	return c, nil
}

// dialAgent finds the agent of a process, and makes sure that it is that process's.
func dialAgent(pid int) (*net.UnixConn, error) {
	st, err := readStatus(pid)
	if err != nil {
		return nil, &Error{Op: "open", PID: pid, Reason: Gone}
	}
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: wire.Address(innermost(pid, st["NSpid"])), Net: "unix"})
	if err != nil {
		return nil, ErrNoAgent
	}
	raw, err := c.SyscallConn()
	if err != nil {
		c.Close()
		return nil, err
	}
	var cred *unix.Ucred
	_ = raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err != nil || int(cred.Pid) != pid { // any process may take any name
		c.Close()
		return nil, ErrNoAgent
	}
	return c, nil
}

// ask asks the agent, with a file if there is one. The answer may come with a file, too.
func ask(c *net.UnixConn, what string, file *os.File) (r *wire.Reply, answer *os.File, err error) {
	b, err := json.Marshal(wire.Request{Version: wire.Version, Ask: what})
	if err != nil {
		return nil, nil, err
	}
	var rights []byte
	if file != nil {
		rights = unix.UnixRights(int(file.Fd()))
	}
	if _, _, err := c.WriteMsgUnix(b, rights, nil); err != nil {
		return nil, nil, err
	}
	const most = 64 << 20 // a memory map may be long
	buf, oob := make([]byte, 1<<20), make([]byte, 128)
	var all []byte
	for len(all) < most {
		n, on, _, _, err := c.ReadMsgUnix(buf, oob)
		if err != nil {
			return nil, answer, err
		}
		if n == 0 {
			return nil, answer, errors.New("the agent ended the conversation")
		}
		if f := fileOf(oob[:on]); f != nil {
			if answer != nil {
				answer.Close()
			}
			answer = f
		}
		all = append(all, buf[:n]...)
		if r = new(wire.Reply); json.Unmarshal(all, r) == nil { // it is whole
			break
		}
	}
	switch {
	case r.Denied:
		err = &Error{Op: "ask the agent", Reason: Forbidden}
	case r.Error != "":
		err = fmt.Errorf("the agent answers: %s", r.Error)
	case r.Version != wire.Version:
		err = fmt.Errorf("the agent speaks version %d, this gomedic %d", r.Version, wire.Version)
	}
	if err != nil && answer != nil {
		answer.Close()
		answer = nil
	}
	return r, answer, err
}

// fileOf is the file that came with a message, nil if none.
func fileOf(oob []byte) (file *os.File) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			continue
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			if file != nil {
				_ = unix.Close(fd)
				continue
			}
			file = os.NewFile(uintptr(fd), "program")
		}
	}
	return file
}

// CopyByAgent has the agent in a process write its memory into a file without a name
// in dir, which goes with the copy. It refuses where the machine has not the memory
// for it, unless force.
func CopyByAgent(ctx context.Context, pid int, dir string, force bool) (*AgentCopy, error) {
	fail := func(why Reason, detail string, err error) (*AgentCopy, error) {
		return nil, &Error{Op: OpSnapshot, PID: pid, Reason: why, Detail: detail, Err: err}
	}
	if h := (&Process{PID: pid}).Headroom(); !force && !h.Enough() {
		return fail(NoMemory, h.String(), nil)
	}
	c, err := dialAgent(pid)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	file, err := os.CreateTemp(dir, "gomedic-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, err
	}
	r, program, err := ask(c, wire.Copy, file)
	if err == nil && (program == nil || !r.Finished) {
		err = errors.New("the agent's copy is not whole")
	}
	machine := uint16(elf.EM_X86_64)
	if runtime.GOARCH == "arm64" {
		machine = uint16(elf.EM_AARCH64)
	}
	if err == nil {
		err = writeCore(file, r, machine)
	}
	copied := &AgentCopy{Program: program}
	if err == nil {
		var st os.FileInfo
		if st, err = file.Stat(); err == nil {
			copied.Core, err = NewCore(file, st.Size())
		}
	}
	if err != nil {
		file.Close()
		if program != nil {
			program.Close()
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if pe := (*Error)(nil); errors.As(err, &pe) {
			pe.PID = pid
			return nil, err
		}
		return fail(NoCopy, "", err)
	}
	copied.Stopped = r.Stopped
	copied.Core.PID = pid // as it is named here
	copied.Core.close = func() error { return errors.Join(file.Close(), program.Close()) }
	copied.Core.Name = filepath.Base(r.Exe)
	return copied, nil
}

// StartedAt is when a process was started, the zero time if that cannot be known.
func StartedAt(pid int) time.Time {
	_, at := startTime(pid)
	return at
}
