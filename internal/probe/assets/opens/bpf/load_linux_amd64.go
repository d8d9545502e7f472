package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"
)

// Listener is in place until Close, or until this process ends.
type Listener struct {
	objs   OpensObjects
	link   link.Link
	reader *ringbuf.Reader
	record ringbuf.Record
}

// Listen listens to one process of this process's PID name space.
func Listen(pid int) (_ *Listener, err error) {
	_ = rlimit.RemoveMemlock() // kernels before 5.11 count maps as locked memory
	l := &Listener{}
	defer func() {
		if err != nil {
			l.Close()
		}
	}()
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &st); err != nil {
		return nil, err
	}
	spec, err := LoadOpens()
	if err != nil {
		return nil, err
	}
	for name, v := range map[string]any{OpensVarTarget: uint32(pid), OpensVarNsDev: st.Dev, OpensVarNsIno: st.Ino} {
		if err := spec.Variables[name].Set(v); err != nil {
			return nil, fmt.Errorf("set %s: %w", name, err)
		}
	}
	if err := spec.LoadAndAssign(&l.objs, nil); err != nil {
		return nil, fmt.Errorf("load the BPF program: %w", err)
	}
	if l.reader, err = ringbuf.NewReader(l.objs.Ring); err != nil {
		return nil, fmt.Errorf("open the ring of events: %w", err)
	}
	if l.link, err = link.AttachRawTracepoint(link.RawTracepointOptions{Name: "sys_exit", Program: l.objs.OnExit}); err != nil {
		return nil, fmt.Errorf("attach to the end of system calls: %w", err)
	}
	return l, nil
}

// Read hands over what has come.
func (l *Listener) Read(f func(Open)) error {
	l.reader.SetDeadline(time.Now().Add(-time.Second))
	for {
		err := l.reader.ReadInto(&l.record)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		if o, ok := decode(l.record.RawSample); ok {
			f(o)
		}
	}
}

// decode reads struct event of opens.bpf.c.
func decode(b []byte) (o Open, ok bool) {
	const depth, path = 32, 256
	if len(b) < 16+8*depth+path {
		return o, false
	}
	o.Errno = -int(int64(binary.LittleEndian.Uint64(b)))
	n := min(int(binary.LittleEndian.Uint32(b[8:])), depth)
	length := min(int(binary.LittleEndian.Uint32(b[12:])), path)
	for i := range n {
		if pc := binary.LittleEndian.Uint64(b[16+8*i:]); pc != 0 {
			o.Stack = append(o.Stack, pc)
		}
	}
	if length > 0 {
		o.Path = string(b[16+8*depth : 16+8*depth+length-1])
	}
	return o, o.Path != ""
}

// Close takes it away.
func (l *Listener) Close() error {
	var errs []error
	if l.link != nil {
		errs = append(errs, l.link.Close())
	}
	if l.reader != nil {
		errs = append(errs, l.reader.Close())
	}
	errs = append(errs, l.objs.Close())
	return errors.Join(errs...)
}
