// Package uprobe sets many probes in one process so that they all go by one link, and
// so that none stays when this process is killed meanwhile.
package uprobe

import (
	"fmt"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
)

// Multi sets probes at offsets in a file, for one process; cookies, if not nil, are
// one for each. What is still being closed when it returns is added to going.
//
// If this process is killed while the kernel sets the probes of a link, the
// kernel takes back those that it has set, which fails in a process that is being
// killed: their breakpoints stay in the target ("failed to unregister, leaking
// uprobe", Linux 6.18; __get_user_pages ends on a fatal signal). So each is set
// first by a link of its own, which has nothing to take back; when they are all
// in place, the one link finds the breakpoints there, and the others may go.
func Multi(ex *link.Executable, prog *ebpf.Program, pid int, offsets, cookies []uint64, going *sync.WaitGroup) (link.Link, error) {
	first, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: "on_nothing", Type: ebpf.Kprobe, AttachType: ebpf.AttachTraceUprobeMulti,
		License: "GPL", Instructions: Nothing()})
	if err != nil {
		return nil, fmt.Errorf("load a BPF program: %w", err)
	}
	singles := make([]link.Link, 0, len(offsets))
	defer func() {
		going.Go(func() { first.Close() })
		for _, ln := range singles { // each waits for the kernel's grace period: they may share it
			going.Go(func() { ln.Close() })
		}
	}()
	for _, off := range offsets {
		ln, err := ex.UprobeMulti(nil, first, &link.UprobeMultiOptions{Addresses: []uint64{off}, PID: uint32(pid)})
		if err != nil {
			return nil, fmt.Errorf("set a probe: %w", err)
		}
		singles = append(singles, ln)
	}
	ln, err := ex.UprobeMulti(nil, prog, &link.UprobeMultiOptions{Addresses: offsets, Cookies: cookies, PID: uint32(pid)})
	if err != nil {
		return nil, fmt.Errorf("set %d probes: %w", len(offsets), err)
	}
	return ln, nil
}

// Nothing is the smallest program.
func Nothing() asm.Instructions {
	return asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}
}
