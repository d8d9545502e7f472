package gort

import "github.com/gomedic/gomedic/internal/proc"

// readRunning gets a running goroutine's stack by stopping its thread, or, in a
// core file, from the registers stored there.
func (p *Program) readRunning(g *Goroutine, o Options) {
	g.Cut = cutRuns
	var pid [8]byte
	if g.M == 0 || p.mem.ReadAt(pid[:], g.M+uint64(p.f.mProcID)) != nil {
		return
	}
	tid := translate(int(le64(pid[:])), o.Threads)
	if regs, ok := o.Registers[tid]; ok {
		if c := p.fromRegisters(g, regs); c != nil {
			p.unwindRunning(g, c)
		}
		return
	}
	if p.readBlocked(g, tid, o) || o.Stopper == nil {
		return
	}
	for range 3 {
		var c *moment
		err := o.Stopper.StopThread(tid, func(regs proc.Registers) { c = p.fromRegisters(g, regs) })
		if c != nil {
			p.unwindRunning(g, c)
		}
		if err != nil || g.Status != gRunning || g.Cut != cutMoved {
			break
		}
	}
	if g.Status != gRunning && g.parked() {
		p.reread(g) // it has just stopped by itself
	}
}

// readBlocked reads a goroutine that counts as running while its thread waits in
// the kernel, in a system call that the runtime does not know of. It reports
// whether it was one.
func (p *Program) readBlocked(g *Goroutine, tid int, o Options) bool {
	if o.Where == nil {
		return false
	}
	before, err := o.Where(tid)
	if err != nil || before.Running || before.PC == 0 {
		return false
	}
	c := p.fromRegisters(g, proc.Registers{PC: before.PC, SP: before.SP, Syscall: before.Syscall})
	after, err := o.Where(tid)
	if c == nil || err != nil || after != before {
		return false
	}
	p.unwindRunning(g, c)
	if g.Cut == cutMoved {
		g.Cut = cutRuns
		return false
	}
	return true
}

// fromRegisters reads g's structure and its thread's, and copies its stack,
// while that thread stands. It returns nil if the thread does not run g.
func (p *Program) fromRegisters(g *Goroutine, regs proc.Registers) *moment {
	raw, m := make([]byte, p.f.gSize), make([]byte, p.f.mSize)
	if p.mem.ReadAt(raw, g.Addr) != nil {
		return nil
	}
	p.parse(g, raw)
	if g.Status != gRunning || g.M == 0 || p.mem.ReadAt(m, g.M) != nil {
		return nil
	}
	if le64(m[p.f.mCurg:]) != g.Addr {
		g.Cut = cutMoved
		return nil
	}
	g.Regs = &regs
	c := p.capture(g, m, regs)
	return &c
}
