package bpf

import (
	"errors"
	"fmt"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/uprobe"
)

// Recorder records while it is on. It is in place until Close, or until this process
// ends: the kernel removes the probes with the descriptors.
type Recorder struct {
	objs   NativeObjects
	multi  bool
	going  sync.WaitGroup
	links  []link.Link
	closed bool
}

// Load loads the programs and their maps; nothing is set in the target yet. headers: the
// size of a block stands before it, as with glibc.
func Load(l gort.CgoLayout, headers bool) (*Recorder, error) {
	// Kernels before 5.11 count maps as locked memory; on others this does nothing.
	_ = rlimit.RemoveMemlock()
	r := &Recorder{multi: true}
	err := r.load(l, headers)
	if err != nil && !errors.Is(err, unix.EPERM) { // kernels before 6.6 set one probe at a time
		r.multi = false
		err = r.load(l, headers)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Recorder) load(l gort.CgoLayout, headers bool) error {
	spec, err := LoadNative()
	if err != nil {
		return err
	}
	var before uint32
	if headers {
		before = 1
	}
	for name, v := range map[string]any{
		NativeVarHeaders: before,
		NativeVarTlsG:    l.TLSG, NativeVarTextLo: l.TextLo, NativeVarTextHi: l.TextHi, NativeVarG_m: l.M, NativeVarM_curg: l.CurG, NativeVarG_goid: l.GoID,
		NativeVarG_syscallpc: l.SyscallPC, NativeVarG_syscallbp: l.SyscallBP,
	} {
		if err := spec.Variables[name].Set(v); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	name := NativeProgOnSite
	if !r.multi {
		name = NativeProgOnSites
	}
	spec.Programs[name] = &ebpf.ProgramSpec{Name: name, Type: ebpf.SocketFilter, License: "GPL", Instructions: uprobe.Nothing()}
	if err := spec.LoadAndAssign(&r.objs, nil); err != nil {
		return fmt.Errorf("load the BPF programs: %w", err)
	}
	return nil
}

// On sets the probes; exe is a path to the file that they lie in, as this process
// can open it.
func (r *Recorder) On(exe string, pid int, sites []Site) error {
	ex, err := link.OpenExecutable(exe)
	if err != nil {
		return fmt.Errorf("open the library: %w", err)
	}
	if r.multi {
		offsets, cookies := make([]uint64, len(sites)), make([]uint64, len(sites))
		for i, s := range sites {
			offsets[i], cookies[i] = s.Offset, s.cookie()
		}
		ln, err := uprobe.Multi(ex, r.objs.OnSites, pid, offsets, cookies, &r.going)
		if err != nil {
			return err
		}
		r.links = append(r.links, ln)
		return nil
	}
	for _, s := range sites {
		ln, err := ex.Uprobe("", r.objs.OnSite, &link.UprobeOptions{Address: s.Offset, PID: pid, Cookie: s.cookie()})
		if err != nil {
			return errors.Join(fmt.Errorf("set a probe: %w", err), r.Off())
		}
		r.links = append(r.links, ln)
	}
	return nil
}

// Off takes the probes away; what was recorded stays.
func (r *Recorder) Off() error {
	r.going.Wait()
	var errs []error
	for _, ln := range r.links {
		errs = append(errs, ln.Close())
	}
	r.links = nil
	return errors.Join(errs...)
}

// Counts are the events so far, and the allocations for which there was no room.
func (r *Recorder) Counts() (allocated, freed, lost uint64) {
	_ = r.objs.Allocated.Get(&allocated)
	_ = r.objs.Freed.Get(&freed)
	_ = r.objs.Lost.Get(&lost)
	return allocated, freed, lost
}

// Left returns what was allocated and not freed, by address.
func (r *Recorder) Left() (map[uint64]Alloc, error) {
	out := map[uint64]Alloc{}
	var addr uint64
	var a NativeAlloc
	it := r.objs.Allocs.Iterate()
	for it.Next(&addr, &a) {
		out[addr] = Alloc{Stack: a.Stack, Size: a.Size, At: int64(a.At), GoID: a.Goid, TID: int(a.Tid)}
	}
	return out, it.Err()
}

// Forget drops what was recorded of allocations, but not the sums.
func (r *Recorder) Forget() error {
	var addr uint64
	for r.objs.Allocs.NextKey(nil, &addr) == nil {
		if err := r.objs.Allocs.Delete(addr); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
			return err
		}
	}
	return nil
}

// Stacks returns the stacks that allocated, and what each did.
func (r *Recorder) Stacks() (map[uint64]Stack, error) {
	out := map[uint64]Stack{}
	var key uint64
	var s NativeStack
	it := r.objs.Stacks.Iterate()
	for it.Next(&key, &s) {
		t := Stack{N: s.Sum.N, Bytes: s.Sum.Bytes, Freed: s.Sum.Freed, FreedBytes: s.Sum.FreedBytes, Caller: s.Caller, PC: s.Ip, SP: s.Sp,
			BP: s.Bp, BX: s.Bx, R12: s.R12, R13: s.R13, R14: s.R14, R15: s.R15}
		t.Go = append(t.Go, s.Go[:min(s.N, uint64(len(s.Go)))]...)
		t.C = append(t.C, s.C[:min(s.C_bytes, uint64(len(s.C)))]...)
		out[key] = t
	}
	return out, it.Err()
}

// Close takes everything away.
func (r *Recorder) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	return errors.Join(r.Off(), r.objs.Close())
}
