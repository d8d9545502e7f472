package gort

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/proc"
)

// Goroutine states (runtime/runtime2.go, Go 1.25 to 1.27).
const (
	gIdle      = 0
	gRunnable  = 1
	gRunning   = 2
	gSyscall   = 3
	gWaiting   = 4
	gDead      = 6
	gCopyStack = 8
	gPreempted = 9
	gLeaked    = 10 // since 1.26: blocked for ever, as the collector found
	gDeadExtra = 11 // since 1.26
	gScan      = 0x1000
)

// statusNames are the words of the runtime's own dumps.
var statusNames = map[uint32]string{
	gIdle: "idle", gRunnable: "runnable", gRunning: "running", gSyscall: "syscall",
	gWaiting: "waiting", gDead: "dead", gCopyStack: "copystack", gPreempted: "preempted",
	gLeaked: "waiting", gDeadExtra: "dead",
}

// Goroutine is one goroutine as it was read.
type Goroutine struct {
	Addr       uint64 // of its runtime.g
	ID         uint64
	Status     uint32 // without the scan bit
	WaitReason string
	WaitSince  int64 // CLOCK_MONOTONIC, nanoseconds; set by the collector only, 0: unknown
	M          uint64
	TID        int // thread that runs it, 0: none
	LockedM    uint64
	LockedTID  int
	Parent     uint64
	GoPC       uint64 // of the go statement
	StartPC    uint64
	SleepWhen  int64
	Turns      uint8 // counts up each time that it stops running (g.trackingSeq), if HasTurns
	HasTurns   bool
	CgoCalls   uint64 // calls that its thread, or the one it is locked to, has made into C so far
	Stack      Span   // whole stack
	PC, SP     uint64 // where it stands

	Frames []Frame // physical frames, innermost first
	Cut    string  // why Frames is not whole
	System []Frame // frames on the system stack above it, for a running one

	Regs   *proc.Registers // of a goroutine that was stopped while running
	labels uint64
	waits  uint64 // *sudog
	defers uint64
	raw    []byte
	image  stackImage
}

// Span is a range of addresses.
type Span struct{ Lo, Hi uint64 }

// Frame is one physical call on a stack.
type Frame struct {
	PC    uint64
	SP    uint64 // lowest address of the frame
	CFA   uint64 // the caller's stack pointer
	Func  Func
	Exact bool // PC is about to be executed, not returned to
}

// StatusName returns the state in the runtime's words.
func (g *Goroutine) StatusName() string {
	if s, ok := statusNames[g.Status]; ok {
		return s
	}
	return fmt.Sprintf("status %d", g.Status)
}

// Locked reports whether the goroutine is bound to its thread.
func (g *Goroutine) Locked() bool { return g.LockedM != 0 }

// WaitFor returns how long the goroutine has been waiting, as the collector
// noted it; 0 if it did not yet. now is CLOCK_MONOTONIC in nanoseconds.
func (g *Goroutine) WaitFor(now int64) time.Duration {
	if g.WaitSince <= 0 || g.WaitSince > now || g.Status != gWaiting {
		return 0
	}
	return time.Duration(now - g.WaitSince)
}

// parse fills g from the bytes of its runtime.g.
func (p *Program) parse(g *Goroutine, b []byte) {
	f := &p.f
	word := func(off int64) uint64 { return binary.LittleEndian.Uint64(b[off:]) }
	g.raw = b
	g.ID = word(f.gID)
	g.Status = binary.LittleEndian.Uint32(b[f.gStatus:]) &^ gScan
	g.Stack = Span{word(f.gStackLo), word(f.gStackHi)}
	g.M, g.LockedM = word(f.gM), word(f.gLockedM)
	g.Parent, g.GoPC, g.StartPC = word(f.gParent), word(f.gGoPC), word(f.gStartPC)
	g.WaitSince = int64(word(f.gWaitSince))
	g.labels, g.waits, g.defers = word(f.gLabels), word(f.gWaiting), word(f.gDefer)
	g.WaitReason = ""
	if n := int(b[f.gWaitReason]); (g.Status == gWaiting || g.Status == gLeaked) && n < len(p.Layout.WaitReasons) {
		g.WaitReason = p.Layout.WaitReasons[n]
	}
	if f.gSleepWhen >= 0 {
		g.SleepWhen = int64(word(f.gSleepWhen))
	}
	if f.gTurns >= 0 {
		g.Turns, g.HasTurns = b[f.gTurns], true
	}
	g.PC, g.SP = word(f.gSchedPC), word(f.gSchedSP)
	if sp := word(f.gSyscallSP); sp != 0 && g.Status == gSyscall {
		g.PC, g.SP = word(f.gSyscallPC), sp
	}
}

// parked reports whether the goroutine's stack can be read from its saved
// registers.
func (g *Goroutine) parked() bool {
	switch g.Status {
	case gRunnable, gSyscall, gWaiting, gPreempted, gLeaked:
		return g.Stack.Lo != 0
	}
	return false
}

// alive reports whether the goroutine is one at all.
func (g *Goroutine) alive() bool {
	return g.Status != gDead && g.Status != gIdle && g.Status != gDeadExtra && g.ID != 0
}

// stackImage is a copy of the used part of a stack.
type stackImage struct {
	base uint64
	b    []byte
}

func (s *stackImage) word(addr uint64) (uint64, bool) {
	if addr < s.base || addr-s.base > uint64(len(s.b)) || uint64(len(s.b))-(addr-s.base) < 8 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(s.b[addr-s.base:]), true
}

// Words calls f for each word of the goroutine's stack between lo and hi.
func (g *Goroutine) Words(lo, hi uint64, f func(addr, value uint64)) {
	lo = (max(lo, g.image.base) + 7) &^ 7
	hi = min(hi, g.image.base+uint64(len(g.image.b)))
	for a := lo; a+8 <= hi; a += 8 {
		f(a, binary.LittleEndian.Uint64(g.image.b[a-g.image.base:]))
	}
}

// Calls returns the logical calls of a frame, innermost first.
func (p *Program) Calls(f *Frame) []Call { return p.callsAt(f.PC, f.Exact) }

// Site returns the function and position of a code address that a call returns
// to, such as GoPC: the innermost call at that address that is not the runtime's.
func (p *Program) Site(pc uint64) (Call, bool) {
	calls := p.callsAt(pc, false)
	for _, c := range calls {
		if !strings.HasPrefix(c.Function, "runtime.") {
			return c, true
		}
	}
	if len(calls) == 0 {
		return Call{}, false
	}
	return calls[len(calls)-1], true
}

// Labels reads the goroutine's profiler labels (runtime/pprof.Do): at most 64.
func (p *Program) Labels(g *Goroutine) map[string]string {
	if g.labels == 0 {
		return nil
	}
	// runtime/pprof.labelMap is a LabelSet: a slice of pairs of strings, sorted,
	// since Go 1.24.
	var h [24]byte
	if p.mem.ReadAt(h[:], g.labels) != nil {
		return nil
	}
	ptr, n := binary.LittleEndian.Uint64(h[:]), binary.LittleEndian.Uint64(h[8:])
	if ptr == 0 || n == 0 || n > 64 {
		return nil
	}
	b := make([]byte, n*32)
	if p.mem.ReadAt(b, ptr) != nil {
		return nil
	}
	m := make(map[string]string, n)
	for i := range n {
		e := b[i*32:]
		k, ok1 := p.str(binary.LittleEndian.Uint64(e), binary.LittleEndian.Uint64(e[8:]))
		v, ok2 := p.str(binary.LittleEndian.Uint64(e[16:]), binary.LittleEndian.Uint64(e[24:]))
		if ok1 && ok2 {
			m[k] = v
		}
	}
	return m
}

// str reads a string of at most 4 KiB.
func (p *Program) str(ptr, n uint64) (string, bool) {
	if n == 0 {
		return "", true
	}
	if n > 4096 || ptr == 0 {
		return "", false
	}
	b := make([]byte, n)
	if p.mem.ReadAt(b, ptr) != nil {
		return "", false
	}
	return string(b), true
}
