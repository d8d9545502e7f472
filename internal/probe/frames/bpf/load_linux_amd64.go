package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/probe/uprobe"
)

// Probes are in place until Close, or until this process ends: the kernel removes
// them with the descriptors.
type Probes struct {
	objs    FramesObjects
	uprobes []link.Link
	going   sync.WaitGroup // links that are being closed
	links   []link.Link    // others
	clocks  map[int]*clock
	reader  *ringbuf.Reader
	record  ringbuf.Record
	queued  bool  // the kernel notes when a thread is made ready
	SchedBy error // why the kernel's scheduler events are missing; nil: they are there
}

// clock is one thread's sampling.
type clock struct {
	fd   int
	link link.Link
	on   bool
	off  time.Time // since when it is off
}

// Load puts the probes into one process. exe is a path to its program, as this
// process can open it. Nothing is changed when it fails.
func Load(exe string, pid int, l Layout, sites []Site) (_ *Probes, err error) {
	// Kernels before 5.11 count maps as locked memory; on others this does nothing.
	_ = rlimit.RemoveMemlock()
	p := &Probes{clocks: map[int]*clock{}}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	multi := true
	for {
		err = p.load(l, multi, p.SchedBy == nil)
		if err == nil {
			break
		}
		// Kernels before 6.6 set one probe at a time; without BTF, or before 5.18, there
		// are no scheduler events.
		switch {
		case multi && !errors.Is(err, unix.EPERM):
			multi = false
		case p.SchedBy == nil:
			multi, p.SchedBy = true, err
		default:
			return nil, err
		}
	}
	if p.reader, err = ringbuf.NewReader(p.objs.Ring); err != nil {
		return nil, fmt.Errorf("open the ring of events: %w", err)
	}
	offsets := make([]uint64, len(sites))
	for i, s := range sites {
		if err := p.objs.Sites.Put(s.Addr, uint32(s.Flags)); err != nil {
			return nil, fmt.Errorf("note the site %#x: %w", s.Addr, err)
		}
		offsets[i] = s.Offset
	}
	if err := p.attach(exe, pid, offsets, multi); err != nil {
		return nil, err
	}
	if p.SchedBy == nil {
		progs := []*ebpf.Program{p.objs.OnSwitch}
		if !p.queued {
			progs = append(progs, p.objs.OnWakeup)
		}
		for _, prog := range progs {
			ln, err := link.AttachTracing(link.TracingOptions{Program: prog})
			if err != nil {
				p.SchedBy = fmt.Errorf("attach to the scheduler: %w", err)
				break
			}
			p.links = append(p.links, ln)
		}
	}
	return p, nil
}

// load loads the maps and those programs that this kernel may take.
func (p *Probes) load(l Layout, multi, sched bool) error {
	spec, err := LoadFrames()
	if err != nil {
		return err
	}
	for name, v := range map[string]any{
		FramesVarTextLo: l.TextLo, FramesVarTextHi: l.TextHi, FramesVarG_goid: l.GoID, FramesVarG_m: l.M,
		FramesVarG_syscallpc: l.SyscallPC, FramesVarG_syscallsp: l.SyscallSP, FramesVarG_syscallbp: l.SyscallBP,
		FramesVarM_curg: l.CurG, FramesVarM_vdsosp: l.VdsoSP, FramesVarM_vdsopc: l.VdsoPC, FramesVarQuiet: uint64(l.Quiet),
	} {
		if err := spec.Variables[name].Set(v); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	// What this kernel does not take is replaced by the smallest program there is.
	if multi {
		drop(spec, FramesProgOnSite)
	} else {
		drop(spec, FramesProgOnSites)
	}
	if !sched {
		drop(spec, FramesProgOnSwitch)
	}
	if p.queued = sched && queued(); p.queued {
		if err := spec.Variables[FramesVarHasQueued].Set(uint32(1)); err != nil {
			return fmt.Errorf("set %s: %w", FramesVarHasQueued, err)
		}
	}
	if p.queued || !sched {
		drop(spec, FramesProgOnWakeup)
	}
	if err := spec.LoadAndAssign(&p.objs, nil); err != nil {
		return fmt.Errorf("load the BPF programs: %w", err)
	}
	return nil
}

// queued is notesQueued, but in tests of the other way.
var queued = notesQueued

// notesQueued says whether this kernel notes when each thread is made ready.
func notesQueued() bool {
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		return false
	}
	var info *btf.Struct
	if spec.TypeByName("sched_info", &info) != nil {
		return false
	}
	has := func(name string) bool {
		return slices.ContainsFunc(info.Members, func(m btf.Member) bool { return m.Name == name })
	}
	return has("last_arrival") && has("last_queued")
}

func drop(spec *ebpf.CollectionSpec, name string) {
	spec.Programs[name] = &ebpf.ProgramSpec{Name: name, Type: ebpf.SocketFilter, License: "GPL", Instructions: uprobe.Nothing()}
}

func (p *Probes) attach(exe string, pid int, offsets []uint64, multi bool) error {
	ex, err := link.OpenExecutable(exe)
	if err != nil {
		return fmt.Errorf("open the program: %w", err)
	}
	if multi {
		return p.attachMulti(ex, pid, offsets)
	}
	for _, off := range offsets {
		ln, err := ex.Uprobe("", p.objs.OnSite, &link.UprobeOptions{Address: off, PID: pid})
		if err != nil {
			return fmt.Errorf("set a probe: %w", err)
		}
		p.uprobes = append(p.uprobes, ln)
	}
	return nil
}

// attachMulti sets all probes by one link, so that they go by one, too.
func (p *Probes) attachMulti(ex *link.Executable, pid int, offsets []uint64) error {
	ln, err := uprobe.Multi(ex, p.objs.OnSites, pid, offsets, nil, &p.going)
	if err != nil {
		return err
	}
	p.uprobes = append(p.uprobes, ln)
	return nil
}

// SetUI says that a goroutine is of the UI: its calls are not foreign.
func (p *Probes) SetUI(goid uint64) error { return p.objs.Ui.Put(goid, uint8(1)) }

// Look begins or ceases to look where a thread is, rate times a second while it
// runs. The timer that this takes has to be set at each switch to the thread, which
// is dear in a virtual machine: 70 µs in each millisecond were seen. Even while it
// is off, each switch takes longer; [Probes.Forget] ends that.
func (p *Probes) Look(tid, rate int, on bool) error {
	c := p.clocks[tid]
	if c == nil && on {
		var err error
		if c, err = p.clock(tid, rate); err != nil {
			return err
		}
		p.clocks[tid] = c
	}
	if c == nil || c.on == on {
		return nil
	}
	c.on = on
	request := unix.PERF_EVENT_IOC_DISABLE
	if on {
		request = unix.PERF_EVENT_IOC_ENABLE
	} else {
		c.off = time.Now()
	}
	return unix.IoctlSetInt(c.fd, uint(request), 0)
}

// Forget does away with the clocks that have been off for so long.
func (p *Probes) Forget(off time.Duration) {
	for tid, c := range p.clocks {
		if !c.on && time.Since(c.off) > off {
			_ = c.close()
			delete(p.clocks, tid)
		}
	}
}

func (p *Probes) clock(tid, rate int) (*clock, error) {
	fd, err := unix.PerfEventOpen(&unix.PerfEventAttr{
		Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK,
		Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})), Sample: uint64(rate), Bits: unix.PerfBitFreq | unix.PerfBitDisabled,
	}, tid, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("open the clock of thread %d: %w", tid, err)
	}
	c := &clock{fd: fd}
	if c.link, err = link.AttachRawLink(link.RawLinkOptions{Target: fd, Program: p.objs.OnClock, Attach: ebpf.AttachPerfEvent}); err != nil {
		// Before 5.15 a program was bound to the event itself.
		if err2 := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_BPF, p.objs.OnClock.FD()); err2 != nil {
			unix.Close(fd)
			return nil, fmt.Errorf("attach to the clock of thread %d: %w", tid, err)
		}
		c.link = nil
	}
	return c, nil
}

func (c *clock) close() error {
	var err error
	if c.link != nil {
		err = c.link.Close()
	}
	return errors.Join(err, unix.Close(c.fd))
}

// Watch follows how a thread is scheduled, though it passes no site of its own.
func (p *Probes) Watch(tid int, goid, g uint64) error {
	if err := p.objs.Threads.Update(uint32(tid), &FramesThread{Goid: goid, G: g}, ebpf.UpdateNoExist); err != nil {
		return err
	}
	if p.objs.Known == nil {
		return nil
	}
	// What a probe notes meanwhile it notes again at its thread's next hit.
	var known [4096]uint8
	if err := p.objs.Known.Get(&known); err != nil {
		return err
	}
	known[tid%len(known)] = 1
	return p.objs.Known.Set(known)
}

// SetTarget names the process whose threads are followed, before its first hit.
func (p *Probes) SetTarget(pid int) error {
	if p.objs.Target == nil {
		return nil
	}
	return p.objs.Target.Set(uint32(pid))
}

// Read hands over the events that have come. They are in order for each thread,
// and nearly so over all.
func (p *Probes) Read(f func(*Event)) error {
	p.reader.SetDeadline(time.Now().Add(-time.Second))
	for {
		err := p.reader.ReadInto(&p.record)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		var e Event
		if e.decode(p.record.RawSample) {
			f(&e)
		}
	}
}

// decode reads struct event or struct stack of frames.bpf.c.
func (e *Event) decode(b []byte) bool {
	if len(b) < eventSize {
		return false
	}
	u := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	*e = Event{At: int64(u(0)), IP: u(8), GoID: u(16), G: u(24), TID: int(binary.LittleEndian.Uint32(b[32:])),
		Kind: Kind(binary.LittleEndian.Uint32(b[36:]))}
	if e.Kind == Away {
		e.Away = absence(e.IP, e.GoID, e.G)
		e.IP, e.GoID, e.G = 0, 0, 0
		return true
	}
	if e.Kind != Call && e.Kind != Sample {
		return true
	}
	if len(b) < stackSize {
		return false
	}
	e.Leaf, e.SP, e.Top = u(40), u(48), [2]uint64{u(56), u(64)}
	n := int(binary.LittleEndian.Uint32(b[72:]))
	e.InKernel = b[76] != 0
	for i := range min(n, depth) {
		e.Stack = append(e.Stack, u(80+8*i))
	}
	return true
}

func absence(out, woken, state uint64) Absence {
	return Absence{Out: int64(out), Woken: int64(woken), Ready: uint32(state) == 0, Own: state>>32 != 0}
}

// Absent says since when a thread has been away from the CPU; ok is false for one
// that is on it, or is not followed. When it was made ready may not be known before
// it is back.
func (p *Probes) Absent(tid int) (a Absence, ok bool) {
	var t FramesThread
	if p.SchedBy != nil || p.objs.Threads.Lookup(uint32(tid), &t) != nil || t.Out == 0 {
		return Absence{}, false
	}
	return absence(t.Out, t.Woken, t.State), true
}

const (
	eventSize = 40
	depth     = 48
	stackSize = 80 + 8*depth
)

// Lost is the number of events for which there was no room.
func (p *Probes) Lost() uint64 {
	var n uint64
	if p.objs.Lost == nil || p.objs.Lost.Get(&n) != nil {
		return 0
	}
	return n
}

// Close takes the probes away. There is a moment in it at which the kernel leaves
// breakpoints behind in the target if this process is killed; see uprobe.Multi. The
// target runs on over them, a microsecond slower each time. Whoever is about to
// end anyway should [Probes.Leave] them instead.
func (p *Probes) Close() error {
	errs := []error{p.stop()}
	p.going.Wait()
	for _, l := range p.uprobes {
		errs = append(errs, l.Close())
	}
	p.uprobes = nil
	errs = append(errs, p.objs.Close())
	return errors.Join(errs...)
}

// left are the probes that stay until the end of this process, so that nothing
// closes them before.
var left struct {
	sync.Mutex
	all []*Probes
}

// Leave makes the probes do nothing, and leaves it to the end of this process to
// take them away. However that comes, the kernel then leaves nothing behind.
func (p *Probes) Leave() {
	_ = p.stop()
	var addr uint64
	for p.objs.Sites != nil && p.objs.Sites.NextKey(nil, &addr) == nil && p.objs.Sites.Delete(addr) == nil {
	}
	left.Lock()
	defer left.Unlock()
	left.all = append(left.all, p)
}

// stop ends all that is not in the target's text.
func (p *Probes) stop() error {
	var errs []error
	for _, c := range p.clocks {
		errs = append(errs, c.close())
	}
	for _, l := range p.links {
		errs = append(errs, l.Close())
	}
	if p.reader != nil {
		errs = append(errs, p.reader.Close())
	}
	p.clocks, p.links, p.reader = nil, nil, nil
	return errors.Join(errs...)
}
