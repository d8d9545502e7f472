package dump

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// goroutine is one goroutine while it is being read.
type goroutine struct {
	header
	calls       []call
	created     evidence.Frame
	parent      uint64
	cut         string
	unavailable bool // it ran on another thread
}

// section is one dump of the log.
type section struct {
	cause      string
	goroutines []*goroutine
	byID       map[uint64]*goroutine
	frames     int
	arch       string
	full       bool // a bound was met
}

// scanner finds the dumps in the lines of a log.
type scanner struct {
	lines, dumps, traces int
	debug1               bool
	last, lastTrace      *section // the last whole dump, and the last single stack

	cause    string // introduces the dump that follows
	more     bool   // "-----" was seen: another thread's part of the same dump follows
	section  *section
	g        *goroutine
	creating bool  // the next place belongs to "created by"
	pending  *call // a call whose place has not come yet
	prefix   shape
	names    map[string]string
}

func newScanner() *scanner { return &scanner{names: map[string]string{}} }

// introduction is a line that says why a dump follows (runtime/panic.go,
// runtime/signal_unix.go, runtime/stack.go).
var introduction = regexp.MustCompile(`(?:^|[\s:|])((?:SIG[A-Z0-9]+|panic|fatal error|runtime): .*)$`)

func introduces(line string) string {
	if !strings.Contains(line, "SIG") && !strings.Contains(line, "panic: ") &&
		!strings.Contains(line, "fatal error: ") && !strings.Contains(line, "stack exceeds") {
		return ""
	}
	m := introduction.FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	if strings.HasPrefix(m[1], "runtime: ") && !strings.Contains(m[1], "stack exceeds") {
		return ""
	}
	return strings.TrimSpace(m[1])
}

// line takes the next line of the log, without its end.
func (s *scanner) line(raw string) {
	s.lines++
	if i := strings.Index(raw, "goroutine "); i >= 0 {
		if h, ok := parseHeader(strings.TrimRight(raw[i:], " ")); ok {
			s.prefix = ""
			if strings.TrimLeft(raw[:i], " \t") != "" {
				s.prefix = shapeOf(raw[:i])
			}
			s.begin(h)
			return
		}
		if strings.Contains(raw, "goroutine profile: total ") {
			s.debug1 = true
		}
	}
	line := s.prefix.strip(raw)
	if s.section != nil && strings.TrimSpace(line) == "-----" {
		// GOTRACEBACK=crash: the next thread's part of the same dump follows.
		s.flush()
		s.g, s.more = nil, true
		return
	}
	if s.section == nil || s.g == nil {
		if c := introduces(line); c != "" {
			s.introduce(c)
		}
		return
	}
	trimmed := strings.TrimSpace(line)
	switch {
	case trimmed == "":
		s.flush()
	case strings.Contains(trimmed, "stack unavailable"):
		s.g.unavailable = true
		s.g.cut = "it ran on another thread; the runtime printed no stack"
	case strings.HasPrefix(trimmed, "...") && strings.HasSuffix(trimmed, "frames elided..."):
		s.flush()
		s.g.cut = "the runtime left out frames: " + strings.Trim(trimmed, ".")
	case strings.HasPrefix(trimmed, "created by "):
		s.flush()
		s.createdBy(trimmed)
	case strings.HasPrefix(trimmed, "[originating from goroutine "):
		// GODEBUG=tracebackancestors: what follows is the parent's old stack.
		s.flush()
		s.g = nil
	case strings.HasPrefix(trimmed, "rax ") || strings.HasPrefix(trimmed, "rip "):
		s.section.arch, s.g = "amd64", nil
	case strings.HasPrefix(trimmed, "r29 ") || strings.HasPrefix(trimmed, "lr ") && s.section.arch == "":
		s.section.arch, s.g = "arm64", nil
	default:
		s.frameLine(line, trimmed)
	}
}

// introduce begins another dump, unless the line belongs to the present one.
func (s *scanner) introduce(cause string) {
	if s.more {
		return
	}
	if s.section != nil && len(s.section.goroutines) > 0 {
		s.close()
	}
	// "panic: a" is followed by "panic: b" or by "[recovered]": the first one counts,
	// and a stack overflow's "runtime: goroutine stack exceeds" says more than its
	// "fatal error: stack overflow".
	if s.cause == "" {
		s.cause = cause
	}
}

func (s *scanner) begin(h header) {
	s.flush()
	if s.section != nil {
		_, again := s.section.byID[h.id]
		if again && h.id != 0 && !s.more {
			s.close()
		}
	}
	if s.section == nil {
		s.section = &section{cause: s.cause, byID: map[uint64]*goroutine{}}
		s.cause = ""
	}
	s.g = &goroutine{header: h}
	s.creating = false
	if len(s.section.goroutines) >= maxGoroutines {
		s.section.full, s.g = true, nil
		return
	}
	if old := s.section.byID[h.id]; old != nil && h.id != 0 {
		// Another thread's part of a GOTRACEBACK=crash dump: its own stack counts
		// where the first part could not print it.
		if !old.unavailable {
			return
		}
		old.header, old.cut, old.unavailable = h, "", false
		s.g = old
		return
	}
	s.section.byID[h.id] = s.g
	s.section.goroutines = append(s.section.goroutines, s.g)
}

// frameLine takes a line that is a call, its place, or something else.
func (s *scanner) frameLine(line, trimmed string) {
	if s.creating {
		s.creating = false
		if p, ok := parsePlace(line); ok {
			s.g.created.File, s.g.created.Line = s.name(p.file), p.line
			s.g = nil // nothing of this goroutine follows
			return
		}
	}
	if s.pending != nil {
		if p, ok := parsePlace(line); ok && (s.pending.isGo || p.pc != 0) {
			s.commit(p)
			return
		}
	}
	if strings.HasPrefix(trimmed, "non-Go function at pc=0x") {
		s.flush()
		pc, _ := strconv.ParseUint(strings.TrimPrefix(trimmed, "non-Go function at pc=0x"), 16, 64)
		s.add(call{frame: evidence.Frame{Function: "non-Go function", PC: pc, Origin: evidence.OriginC}})
		return
	}
	if c, ok := parseCall(trimmed); ok {
		s.flush()
		s.pending = &c
		return
	}
	if c := introduces(trimmed); c != "" && !s.more {
		s.introduce(c)
		return
	}
	// A symbolized C frame is a bare name, followed by a line with its pc. Any other
	// line between a call and its place is another writer's.
	if s.pending == nil || !s.pending.isGo {
		s.pending = &call{frame: evidence.Frame{Function: strings.Clone(trimmed), Origin: evidence.OriginC}}
	}
}

func (s *scanner) createdBy(line string) {
	name := strings.TrimPrefix(line, "created by ")
	if i := strings.LastIndex(name, " in goroutine "); i > 0 {
		s.g.parent, _ = strconv.ParseUint(name[i+len(" in goroutine "):], 10, 64)
		name = name[:i]
	}
	s.g.created.Function = s.name(name)
	s.creating = true
}

// commit adds the pending call at p.
func (s *scanner) commit(p place) {
	c := *s.pending
	s.pending = nil
	c.off = p.off
	c.frame.File, c.frame.Line = s.name(p.file), p.line
	c.frame.PC, c.frame.SP = p.pc, p.fp
	s.add(c)
}

// flush drops or adds a call without a place: a Go call still counts.
func (s *scanner) flush() {
	if s.pending != nil && s.pending.isGo && s.g != nil {
		s.add(*s.pending)
	}
	s.pending = nil
}

func (s *scanner) add(c call) {
	if s.section.frames >= maxAllFrames || len(s.g.calls) >= maxFrames {
		s.section.full = true
		s.g.cut = "more frames than are read"
		return
	}
	c.frame.Function = s.name(c.frame.Function)
	s.section.frames++
	s.g.calls = append(s.g.calls, c)
}

// name keeps one copy of each string of the dump.
func (s *scanner) name(v string) string {
	if kept, ok := s.names[v]; ok {
		return kept
	}
	kept := strings.Clone(v)
	s.names[kept] = kept
	return kept
}

// close ends the present section.
func (s *scanner) close() {
	if s.section == nil {
		return
	}
	if s.g != nil {
		s.flush()
	}
	if len(s.section.goroutines) > 0 {
		if s.section.isTrace() {
			s.traces++
			s.lastTrace = s.section
		} else {
			s.dumps++
			s.last = s.section
		}
	}
	s.section, s.g, s.pending, s.more = nil, nil, nil, false
	s.names = map[string]string{}
}

// isTrace reports whether this is one stack that the program itself printed, as
// debug.PrintStack and net/http's recover do, and not a dump.
func (s *section) isTrace() bool {
	if s.cause != "" || len(s.goroutines) != 1 {
		return false
	}
	calls := s.goroutines[0].calls
	return len(calls) > 0 && strings.HasPrefix(calls[0].frame.Function, "runtime/debug.")
}

// dump turns the section into evidence.
func (s *section) dump() *Dump {
	d := &Dump{Cause: s.cause, Cut: s.full}
	target := evidence.Target{Kind: evidence.KindDump}
	origins := newOrigins(s)
	origins.identify(&target)
	if s.arch != "" {
		target.Arch = s.arch
	}
	freeze := &evidence.Freeze{FromDump: true}
	for _, g := range s.goroutines {
		if g.m == 0 && g.id != 0 && d.Main == 0 {
			d.Main = g.id
		}
		if g.leaked {
			d.Leaked = append(d.Leaked, g.id)
		}
		if g.unavailable {
			d.Missing++
		}
		// Goroutine 0 is a thread's scheduler stack, not a goroutine.
		if g.id != 0 {
			freeze.Goroutines = append(freeze.Goroutines, g.evidence(origins))
		}
	}
	connect(s, freeze)
	d.Evidence = &evidence.Evidence{Target: target, Freeze: freeze}
	return d
}

// statuses are the words of runtime.gStatusStrings; every other word is the
// reason of a goroutine that waits.
var statuses = map[string]string{
	"idle": evidence.StatusIdle, "runnable": evidence.StatusRunnable, "running": evidence.StatusRunning,
	"syscall": evidence.StatusSyscall, "waiting": evidence.StatusWaiting, "dead": evidence.StatusDead,
	"copystack": evidence.StatusCopyStack, "preempted": evidence.StatusPreempted,
	"leaked": evidence.StatusWaiting, "???": "",
}

// maxMinutes is where a duration would overflow.
const maxMinutes = 100_000_000

func (g *goroutine) evidence(origins *origins) evidence.Goroutine {
	e := evidence.Goroutine{
		ID: g.id, Locked: g.locked, Labels: g.labels, Parent: g.parent, Cut: g.cut,
		Frames: make([]evidence.Frame, len(g.calls)),
	}
	status, known := statuses[g.state]
	if !known {
		status, e.WaitReason = evidence.StatusWaiting, g.state
	}
	e.Status = status
	if g.minutes > 0 {
		e.WaitingFor = time.Duration(min(g.minutes, maxMinutes)) * time.Minute
		e.WaitFrom = "dump"
	}
	for i, c := range g.calls {
		origins.mark(&c.frame)
		e.Frames[i] = c.frame
	}
	// An inlined frame belongs to the activation of the next outer one.
	for i := len(e.Frames) - 2; i >= 0; i-- {
		if e.Frames[i].Inlined && e.Frames[i].SP == 0 {
			e.Frames[i].SP = e.Frames[i+1].SP
		}
	}
	if g.created.Function != "" {
		created := g.created
		origins.mark(&created)
		e.Created = &created
	}
	e.System = isSystem(&e)
	return e
}

// isSystem reports whether the goroutine is the runtime's own: it was made by
// the runtime, and nothing but the runtime is on its stack.
func isSystem(g *evidence.Goroutine) bool {
	if g.Created == nil || g.Created.Origin != evidence.OriginRuntime || g.ID == 1 {
		return false
	}
	for _, f := range g.Frames {
		if f.Origin != evidence.OriginRuntime {
			return false
		}
	}
	return true
}
