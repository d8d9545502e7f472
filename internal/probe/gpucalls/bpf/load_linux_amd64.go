package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/uprobe"
)

// Probes are in place until this process ends: the kernel removes them with the
// descriptors.
type Probes struct {
	objs   GPUCallsObjects
	multi  bool
	reader *ringbuf.Reader
	record ringbuf.Record
	going  sync.WaitGroup
	links  []link.Link
}

// Load loads the programs and their maps; nothing is set in the target yet.
func Load(l gort.CgoLayout) (*Probes, error) {
	// Kernels before 5.11 count maps as locked memory; on others this does nothing.
	_ = rlimit.RemoveMemlock()
	p := &Probes{multi: true}
	err := p.load(l)
	if err != nil && !errors.Is(err, unix.EPERM) { // kernels before 6.6 set one probe at a time
		p.multi = false
		err = p.load(l)
	}
	if err != nil {
		return nil, err
	}
	if p.reader, err = ringbuf.NewReader(p.objs.Ring); err != nil {
		p.objs.Close()
		return nil, fmt.Errorf("open the ring of events: %w", err)
	}
	return p, nil
}

func (p *Probes) load(l gort.CgoLayout) error {
	spec, err := LoadGPUCalls()
	if err != nil {
		return err
	}
	for name, v := range map[string]any{
		GPUCallsVarTlsG: l.TLSG, GPUCallsVarG_m: l.M, GPUCallsVarM_curg: l.CurG, GPUCallsVarG_goid: l.GoID,
		GPUCallsVarG_syscallpc: l.SyscallPC, GPUCallsVarG_syscallbp: l.SyscallBP, GPUCallsVarTextLo: l.TextLo, GPUCallsVarTextHi: l.TextHi,
	} {
		if err := spec.Variables[name].Set(v); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	drop := []string{GPUCallsProgOnEnter, GPUCallsProgOnLeave}
	if !p.multi {
		drop = []string{GPUCallsProgOnEnters, GPUCallsProgOnLeaves}
	}
	for _, name := range drop {
		spec.Programs[name] = &ebpf.ProgramSpec{Name: name, Type: ebpf.SocketFilter, License: "GPL", Instructions: uprobe.Nothing()}
	}
	if err := spec.LoadAndAssign(&p.objs, nil); err != nil {
		return fmt.Errorf("load the BPF programs: %w", err)
	}
	return nil
}

// Set sets the probes of one file, at which path this process can open it. timed:
// also the ends of calls are to be seen, for which the kernel changes return addresses
// on the stack. The returned function takes these probes away.
func (p *Probes) Set(file string, pid int, sites []Site, timed bool) (off func(), err error) {
	ex, err := link.OpenExecutable(file)
	if err != nil {
		return nil, fmt.Errorf("open the library: %w", err)
	}
	var links []link.Link
	off = func() {
		for _, ln := range links {
			ln.Close()
		}
		links = nil
	}
	add := func(ln link.Link, e error) {
		if e != nil {
			err = errors.Join(err, e)
			return
		}
		links = append(links, ln)
		p.links = append(p.links, ln)
	}
	var at, cookies, ends, endCookies []uint64
	for _, s := range sites {
		at, cookies = append(at, s.Offset), append(cookies, s.cookie())
		if s.ends() && timed {
			ends, endCookies = append(ends, s.Offset), append(endCookies, s.cookie())
		}
	}
	if p.multi {
		// First the beginnings: then the ends find the breakpoints there.
		add(uprobe.Multi(ex, p.objs.OnEnters, pid, at, cookies, &p.going))
		if err == nil && len(ends) > 0 {
			add(ex.UretprobeMulti(nil, p.objs.OnLeaves, &link.UprobeMultiOptions{Addresses: ends, Cookies: endCookies, PID: uint32(pid)}))
		}
	} else {
		for i := 0; i < len(at) && err == nil; i++ {
			add(ex.Uprobe("", p.objs.OnEnter, &link.UprobeOptions{Address: at[i], PID: pid, Cookie: cookies[i]}))
		}
		for i := 0; i < len(ends) && err == nil; i++ {
			add(ex.Uretprobe("", p.objs.OnLeave, &link.UprobeOptions{Address: ends[i], PID: pid, Cookie: endCookies[i]}))
		}
	}
	if err != nil {
		off()
		return nil, fmt.Errorf("set the probes: %w", err)
	}
	return off, nil
}

const eventSize = 80 // without names

// Read calls visit for each event that has come; it waits at most until then. e is
// valid until visit returns.
func (p *Probes) Read(until time.Time, visit func(e *Event)) error {
	p.reader.SetDeadline(until)
	var e Event
	for {
		if err := p.reader.ReadInto(&p.record); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return nil
			}
			return err
		}
		if e.decode(p.record.RawSample) {
			visit(&e)
		}
	}
}

func (e *Event) decode(b []byte) bool {
	if len(b) < eventSize {
		return false
	}
	w := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	names := e.Names[:0]
	*e = Event{Start: int64(w(0)), End: int64(w(1)), CPU: int64(w(2)), Stack: w(3), GoID: w(4), Args: [3]uint64{w(5), w(6), w(7)}, Result: w(8)}
	e.TID = int(binary.LittleEndian.Uint32(b[72:]))
	f, n := binary.LittleEndian.Uint16(b[76:]), int(binary.LittleEndian.Uint16(b[78:]))
	if f >= Funcs || len(b) < eventSize+8*n {
		return false
	}
	e.Func = uint8(f)
	for i := range n {
		names = append(names, w(eventSize/8+i))
	}
	e.Names = names
	return true
}

// Counts are the calls so far, by function, and the events for which there was no room.
func (p *Probes) Counts() (calls [Funcs]uint64, lost uint64) {
	_ = p.objs.Counts.Get(&calls)
	_ = p.objs.Lost.Get(&lost)
	return calls, lost
}

// Stacks returns the stacks that led to calls.
func (p *Probes) Stacks() (map[uint64]Stack, error) {
	out := map[uint64]Stack{}
	var key uint64
	var s GPUCallsStack
	it := p.objs.Stacks.Iterate()
	for it.Next(&key, &s) {
		out[key] = Stack{Go: append([]uint64(nil), s.Go[:min(s.N, uint64(len(s.Go)))]...), Caller: s.Caller}
	}
	return out, it.Err()
}

// End makes the probes do nothing; what was seen can be read still.
func (p *Probes) End() { _ = p.objs.Over.Set(uint64(1)) }

// Close ends what is not in the target's code. The probes stay, without effect, until
// this process ends: to take them away before has a moment in which the kernel forgets
// some of them in the target if this process is killed; its end has none.
func (p *Probes) Close() {
	p.End()
	p.reader.Close()
	left.Lock()
	defer left.Unlock()
	left.all = append(left.all, p)
}

// Remove takes the probes away.
func (p *Probes) Remove() {
	p.going.Wait()
	var all sync.WaitGroup
	for _, ln := range p.links { // each waits for the kernel's grace period
		all.Go(func() { ln.Close() })
	}
	all.Wait()
	p.links = nil
	p.objs.Close()
}

// left are the probes that stay, so that nothing closes them before.
var left struct {
	sync.Mutex
	all []*Probes
}
