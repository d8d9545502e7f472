package proc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Snapshot is the memory of a process as it was at one moment: a frozen copy of it,
// or the process itself while it is stopped. It implements Memory, and its methods
// may be called from several goroutines.
//
// A copy is a child of the target, made by a clone without an exit signal: neither
// SIGCHLD nor a wait tells the target of it, unless it waits with __WALL or __WCLONE
// (wait(2)). The child shares the target's file descriptors, so that what the target
// closes is closed, and never runs. The kernel copies a page of it when the target
// next writes to it. Memory that is shared with other processes is not frozen, and
// what was mapped with MADV_DONTFORK, as buffers of GPUs are, is not in it.
type Snapshot struct {
	// Threads are the target's registers at that moment, by thread id. A thread that
	// was in an uninterruptible sleep is missing.
	Threads map[int]Registers
	// Vectors are the words of all threads' vector registers, in no order: memory that is
	// being copied may be there alone.
	Vectors []uint64
	// Stopped is for how long the target stood, from the first thread that was asked
	// to stop to the last one let go. It is known when Snapshot returns; without a
	// copy, when Close does.
	Stopped time.Duration
	// Reaping is for how long one thread stood at the end, so that the copy leaves no
	// zombie. It is known when Close returns.
	Reaping time.Duration
	// ChildPID is the copy's id, 0 if the process itself stands.
	ChildPID int

	p     *Process
	inner int // the copy's id, as the target sees it
	mem   *os.File
	maps  []Mapping
	over  atomic.Bool   // nothing may be read any more
	stop  chan struct{} // closed by Close
	done  chan struct{} // closed when nothing is held any more
	stood atomic.Int64  // ns
	once  sync.Once
	err   error // of Close
}

// standWait bounds how long the target may stand before its copy is begun: on a busy
// machine a thread may have to wait for a CPU before it can come to its stop.
const standWait = 500 * time.Millisecond

// Snapshot freezes the target's memory. The error is an *Error; with reason
// Seccomp, NoPlace, NoMemory, NoCopy, Namespace or Unsupported no copy can be made,
// but a snapshot with Stop may still work. The caller closes the snapshot. Killing
// this process instead leaves the target running; its copy ends, and the zombie that
// then remains is taken away by the next Snapshot, or by ReapLeftovers.
func (p *Process) Snapshot(ctx context.Context, o SnapshotOptions) (*Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &Snapshot{p: p, stop: make(chan struct{}), done: make(chan struct{})}
	ready := make(chan error, 1)
	if o.Stop {
		if o.MaxStop <= 0 {
			o.MaxStop = maxStop
		}
		go onOwnThread(func() {
			defer close(s.done)
			s.stand(o.MaxStop, ready)
		})
	} else {
		at, err := p.readyToCopy(o.Force)
		if err != nil {
			return nil, s.failure(err)
		}
		go onOwnThread(func() {
			defer close(s.done)
			s.copy(at, ready)
		})
	}
	if err := <-ready; err != nil {
		<-s.done
		return nil, s.failure(err)
	}
	if err := s.open(); err != nil {
		return nil, errors.Join(s.failure(err), s.Close())
	}
	return s, nil
}

// failure makes an *Error of whatever kept a snapshot from being taken.
func (s *Snapshot) failure(err error) error {
	var e *Error
	switch {
	case errors.Is(err, unix.ESRCH), s.p.ending():
		return &Error{Op: OpSnapshot, PID: s.p.PID, Reason: Exited}
	case errors.As(err, &e):
		e.PID = s.p.PID
		return e
	}
	return &Error{Op: OpSnapshot, PID: s.p.PID, Reason: NoCopy, Err: err}
}

// readyToCopy looks, before anything is stopped, whether a copy can be made.
func (p *Process) readyToCopy(force bool) (*place, error) {
	fail := func(r Reason, detail string) (*place, error) {
		return nil, &Error{Op: OpSnapshot, PID: p.PID, Reason: r, Detail: detail}
	}
	if !canInject {
		return fail(Unsupported, "no copies on this processor")
	}
	if err := p.mayCall(p.PID); err != nil {
		if errors.Is(err, unix.ESRCH) {
			return fail(Exited, "")
		}
		return nil, err
	}
	if h := p.Headroom(); !force && !h.Enough() {
		return fail(NoMemory, h.String())
	}
	// A child would be the first process of a namespace that ends with it
	// (pid_namespaces(7)).
	own, err := os.Readlink(p.path("ns/pid"))
	if childs, e := os.Readlink(p.path("ns/pid_for_children")); err == nil && (e != nil || own != childs) {
		return fail(Namespace, "its children are in another one")
	}
	if _, err := p.ReapLeftovers(); err != nil && ReasonOf(err) != NoPlace {
		return nil, err
	}
	at, ok := p.findPlace()
	if !ok {
		return fail(NoPlace, "")
	}
	return &at, nil
}

// copy stops all threads, has one of them make a copy, and lets them go. It then
// keeps the copy until it is killed. It runs on a thread of its own.
func (s *Snapshot) copy(at *place, ready chan<- error) {
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), -20) // the target stands while this thread waits for a CPU
	h, err := s.p.holdAll(stopWait)
	if err == nil {
		err = h.awaitRunnable(h.since.Add(standWait))
	}
	if err == nil && !at.holds(s.p) {
		err = &Error{Op: OpSnapshot, Reason: Exited, Detail: "it runs another program now"}
	}
	child := 0
	if err == nil {
		threads := h.threads()
		if child, err = s.clone(h, threads, at); err == nil {
			s.Threads = make(map[int]Registers, len(threads))
			for _, t := range threads {
				s.Threads[t.TID] = t.Regs
				s.Vectors = append(s.Vectors, vectors(t.TID)...)
			}
		}
	}
	h.letGo()
	s.Stopped = time.Since(h.since)
	if child == 0 {
		ready <- err
		return
	}
	s.ChildPID = child
	if e := s.secure(); err == nil {
		err = e
	}
	if err != nil {
		_ = unix.Kill(child, unix.SIGKILL)
		s.await()
		s.reap()
		ready <- err
		return
	}
	ready <- nil
	s.await()
}

// clone has one of the threads that stand make the copy.
func (s *Snapshot) clone(h *hold, threads []Stopped, at *place) (child int, err error) {
	slices.SortFunc(threads, func(a, b Stopped) int {
		if x, y := leastHarm(&a.Regs), leastHarm(&b.Regs); x != y {
			return x - y
		}
		return a.TID - b.TID
	})
	s.p.placing.Lock()
	defer s.p.placing.Unlock()
	err = unix.ESRCH
	for _, t := range threads {
		if h.signals[t.TID] != 0 {
			err = errSignalled
			continue
		}
		if err = s.p.mayCall(t.TID); err != nil {
			continue
		}
		slot, ok := at.free(s.p, t.TID)
		if !ok {
			slot, ok = at.reclaim(h, threads)
		}
		if !ok {
			return 0, &Error{Op: OpSnapshot, Reason: NoPlace}
		}
		var ret int64
		ret, child, err = inject(t.TID, slot, call{nr: unix.SYS_CLONE, args: [6]uint64{unix.CLONE_FILES}, forks: true})
		if err == nil && child == 0 {
			reason := NoCopy
			if ret == -int64(unix.ENOMEM) {
				reason = NoMemory
			}
			err = &Error{Op: OpSnapshot, Reason: reason, Err: unix.Errno(-ret)}
		}
		return child, err
	}
	return 0, err
}

// secure waits until the copy stands, which it does before its first instruction,
// and sees to it that it ends with this process.
func (s *Snapshot) secure() error {
	ws, err := waitAny(s.ChildPID)
	if err != nil {
		return fmt.Errorf("wait for the copy: %w", err)
	}
	if !ws.Stopped() {
		return fmt.Errorf("the copy is in state %#x", int(ws))
	}
	if err := unix.PtraceSetOptions(s.ChildPID, unix.PTRACE_O_EXITKILL); err != nil {
		return fmt.Errorf("hold the copy: %w", err)
	}
	st, err := readStatus(s.ChildPID)
	if err != nil {
		return err
	}
	s.inner = s.ChildPID
	// NSpid lists the ids from this namespace to the process's own, which is the
	// target's.
	if f := strings.Fields(st["NSpid"]); len(f) > 0 {
		s.inner, _ = strconv.Atoi(f[len(f)-1])
	}
	// If memory runs out, the copy is to go, not the target.
	_ = os.WriteFile("/proc/"+strconv.Itoa(s.ChildPID)+"/oom_score_adj", []byte("1000"), 0)
	return nil
}

// await returns when the copy has ended. Meanwhile it lets go of threads that came
// late to their stop.
func (s *Snapshot) await() {
	for {
		var ws unix.WaitStatus
		got, err := unix.Wait4(-1, &ws, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return
		case got == s.ChildPID:
			if ws.Exited() || ws.Signaled() {
				s.over.Store(true)
				return
			}
		case ws.Stopped():
			sig := 0
			if int(ws)>>16 == 0 {
				sig = int(ws.StopSignal())
			}
			detach(got, sig)
		}
	}
}

// stand stops all threads until Close, or until the time is over. It runs on a
// thread of its own, whose end lets go of whatever was late.
func (s *Snapshot) stand(most time.Duration, ready chan<- error) {
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), -20)
	h, err := s.p.holdAll(stopWait)
	if err == nil {
		err = h.awaitRunnable(h.since.Add(min(most, standWait)))
	}
	if err == nil {
		s.Threads = make(map[int]Registers)
		for _, t := range h.threads() {
			s.Threads[t.TID] = t.Regs
			s.Vectors = append(s.Vectors, vectors(t.TID)...)
		}
		ready <- nil
		timer := time.NewTimer(most - time.Since(h.since))
		select {
		case <-s.stop:
		case <-timer.C:
		}
		timer.Stop()
		s.over.Store(true)
	}
	h.letGo()
	s.stood.Store(int64(time.Since(h.since)))
	if err != nil {
		ready <- err
	}
}

// open makes the memory ready to be read.
func (s *Snapshot) open() (err error) {
	frozen := s.p.PID
	if s.ChildPID != 0 {
		frozen = s.ChildPID
	}
	dir := "/proc/" + strconv.Itoa(frozen)
	if s.mem, err = os.Open(dir + "/mem"); err != nil {
		return err
	}
	f, err := os.Open(dir + "/maps")
	if err != nil {
		return err
	}
	defer f.Close()
	if s.maps, err = parseMaps(bufio.NewReaderSize(f, 1<<16)); err != nil {
		return err
	}
	if len(s.maps) == 0 {
		return unix.ESRCH
	}
	return nil
}

// Mappings returns the memory map of that moment, sorted by address.
func (s *Snapshot) Mappings() ([]Mapping, error) { return slices.Clone(s.maps), nil }

// Close ends the snapshot: it kills the copy and takes its zombie away, or lets the
// target go. After an error, the zombie may have stayed. Only the first call does
// anything; all return the same.
func (s *Snapshot) Close() error {
	s.once.Do(func() {
		s.over.Store(true)
		close(s.stop)
		if s.ChildPID != 0 {
			_ = unix.Kill(s.ChildPID, unix.SIGKILL) // its id stays its own until it is reaped
		}
		<-s.done
		if s.mem != nil {
			s.mem.Close()
		}
		if s.ChildPID == 0 {
			s.Stopped = time.Duration(s.stood.Load())
			return
		}
		s.err = s.reap()
	})
	return s.err
}

// reap takes the zombie of the copy away, and those of others: of a run that was
// killed in the middle of its clone, the copy may have come only since.
func (s *Snapshot) reap() error {
	pids, _ := s.p.leftovers()
	if !slices.Contains(pids, s.inner) {
		pids = append(pids, s.inner)
	}
	_, stood, err := s.p.reap(pids)
	s.Reaping = stood
	return err
}
