package stacks

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc/host"
)

// maxSockets bounds the descriptors that are looked up: each may cost a walk
// over the table of all connections.
const maxSockets = 64

// hostState is the system's account when the watch begins.
type hostState struct{ s *host.Snapshot }

func hostBefore(pid int) hostState {
	s, err := host.Sample(pid)
	if err != nil {
		return hostState{}
	}
	return hostState{s}
}

// hostAfter adds what the operating system knows of the target's threads, its
// children and its connections. What it does not know stays zero.
func hostAfter(w *watcher, before hostState) {
	pid, f := w.t.Process.PID, w.f
	after, err := host.Sample(pid)
	if err != nil {
		return
	}
	if before.s == nil {
		before.s = after
	}
	f.Threads = host.Diff(before.s, after)
	f.Sched.Suspended = host.Suspended(before.s, after)
	load := host.Between(before.s, after)
	f.Sched.CPUs, f.Sched.Quota, f.Sched.Throttled = after.CPUs, after.Quota, load.Throttled
	f.Sched.TargetCPU, f.Sched.OthersCPU = load.Target, load.Others
	f.Children = host.Children(pid)
	onThread := map[int]*evidence.Goroutine{}
	for i := range f.Goroutines {
		g := &f.Goroutines[i]
		switch g.Status {
		case evidence.StatusRunnable:
			if !g.System {
				f.Sched.Runnable++
			}
		case evidence.StatusRunning, evidence.StatusSyscall:
			onThread[g.Thread] = g
		}
		if _, ok := onThread[g.Thread]; g.Locked && !ok {
			onThread[g.Thread] = g
		}
	}
	for i := range f.Threads {
		t := &f.Threads[i]
		if g := onThread[t.TID]; g != nil && t.TID != 0 {
			t.Goroutine = g.ID
			if g.Status == evidence.StatusSyscall && t.Syscall != "" {
				w.inCall(g, t)
			}
		}
	}
	w.ioWaits()
	for i := range f.Sockets {
		if s := &f.Sockets[i]; s.Kind == "pipe" {
			s.Peer = host.WithPipe(f.Children, s.Local)
		}
	}
}

// inCall says what the system call that a goroutine stands in works on.
func (w *watcher) inCall(g *evidence.Goroutine, t *evidence.Thread) {
	at, err := w.t.Process.WhereIs(t.TID)
	if err != nil || host.SyscallName(at.Syscall) != t.Syscall {
		return // it has gone on
	}
	c := host.Call{Name: t.Syscall, Args: at.Args}
	if child, ok := c.Child(w.t.Process.PID); ok {
		g.WaitsOn = append(g.WaitsOn, evidence.Object{Kind: "process", Note: strconv.Itoa(child)})
	} else if s, ok := c.Object(w.t.Process.PID, w.t.Process); ok && len(w.f.Sockets) < maxSockets {
		s.Goroutine = g.ID
		w.f.Sockets = append(w.f.Sockets, s)
	}
}

// ioWaits looks up what goroutines wait on that the runtime's poller has parked:
// those of the UI first, then those that a library may have handed its requests to.
func (w *watcher) ioWaits() {
	ui := map[uint64]bool{}
	client := false // a UI goroutine waits for net/http's own goroutines
	for _, u := range w.f.UI {
		ui[u.Goroutine] = true
	}
	var own, others []int
	for i := range w.f.Goroutines {
		g := &w.f.Goroutines[i]
		if ui[g.ID] && httpClient(g) {
			client = true
		}
		switch {
		case g.WaitReason != "IO wait":
		case ui[g.ID]:
			own = append(own, i)
		case slices.ContainsFunc(g.Frames, func(f evidence.Frame) bool { return f.Package == "net" || f.Package == "os" }):
			others = append(others, i)
		}
	}
	for _, i := range append(own, others...) {
		if len(w.f.Sockets) >= maxSockets {
			return
		}
		g := &w.f.Goroutines[i]
		if client && !ui[g.ID] && !httpClient(g) {
			continue // another connection than the one that the UI waits for
		}
		now, err := w.t.Program.Sample(w.addrs[g.ID], gort.Options{Threads: w.read.Threads})
		if err != nil || now.ID != g.ID || now.WaitReason != g.WaitReason {
			continue // it has gone on
		}
		for _, wait := range w.t.Program.Waits(now) {
			if wait.Kind != "fd" {
				continue
			}
			if s, ok := host.Socket(w.t.Process.PID, wait.FD); ok {
				s.Goroutine = g.ID
				w.f.Sockets = append(w.f.Sockets, s)
			}
		}
	}
}

// httpClient: the goroutine stands in net/http's client.
func httpClient(g *evidence.Goroutine) bool {
	return slices.ContainsFunc(g.Frames, func(f evidence.Frame) bool {
		for _, p := range []string{"net/http.(*persistConn).", "net/http.(*Transport).", "net/http.(*http2ClientConn).", "net/http.(*http2clientConn"} {
			if strings.HasPrefix(f.Function, p) {
				return true
			}
		}
		return false
	})
}
