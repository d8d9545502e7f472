package roots

import (
	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/proc"
)

const (
	maxSystem  = 64 << 10 // bytes of a system stack
	threadName = "thread in the scheduler"
)

// system calls f for the words of a thread's system or signal stack, if it is on
// one. A signal's handler has the registers of the code that it interrupted on its
// own stack, and leaves the system stack as it was.
func (r *reader) system(m uint64, regs *proc.Registers, f func(slot, value uint64)) {
	system, signal := r.p.ThreadStacks(m)
	for _, stack := range [2]gort.Span{system, signal} {
		if regs.SP < stack.Lo || regs.SP >= stack.Hi {
			continue
		}
		b := make([]byte, min(stack.Hi-regs.SP, maxSystem))
		if r.mem.ReadAt(b, regs.SP) != nil {
			r.stats.Unread++
			continue
		}
		for i := 0; i+8 <= len(b); i += 8 {
			f(regs.SP+uint64(i), le64(b[i:]))
		}
	}
}

// schedulers takes the registers and the system stacks of threads that have a
// processor and run no goroutine: they schedule, and a timer that is just being run
// is in their hands alone. The collector waits until that is over. A thread that is
// idle has no processor; what is left on its stack means nothing.
func (r *reader) schedulers() {
	thread, ok1 := r.offset("runtime.p", "m")
	id, ok2 := r.offset("runtime.m", "procid")
	current, ok3 := r.offset("runtime.m", "curg")
	if !ok1 || !ok2 || !ok3 || len(r.o.Registers) == 0 {
		return
	}
	for _, p := range r.p.Ps() {
		m, ok := r.mem.word(p + thread)
		if !ok || m == 0 || r.done[m] {
			continue
		}
		tid, ok1 := r.mem.word(m + id)
		g, ok2 := r.mem.word(m + current)
		if !ok1 || !ok2 || g != 0 { // in a system call, say: what it has is on its stack
			continue
		}
		if t, ok := r.o.Threads[int(tid)]; ok {
			tid = uint64(t)
		}
		regs, ok := r.o.Registers[int(tid)]
		if !ok {
			continue
		}
		take := func(slot, v uint64) {
			if _, ok := r.p.FindObject(v); ok {
				r.emit(Root{Kind: Runtime, Slot: slot, Value: v, Frame: -1, Name: threadName})
			}
		}
		for _, v := range regs.All {
			take(0, v)
		}
		r.system(m, &regs, take)
	}
}
