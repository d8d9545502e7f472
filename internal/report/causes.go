package report

import (
	"cmp"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// family is what causes of lateness have in common for whoever must act, and
// what they share a colour for. Each cause has a letter, too: nothing is told by
// colour alone.
type family string

// The families; the names are classes of the HTML page.
const (
	familyUser    family = "f-user"    // your code computes
	familyToolkit family = "f-toolkit" // the toolkit computes
	familyMemory  family = "f-memory"  // allocation and collector
	familySched   family = "f-sched"   // ready, and not run
	familyWait    family = "f-wait"    // waits for somebody else
	familyC       family = "f-c"       // C code
	familyDriver  family = "f-driver"  // the graphics driver
	familyPace    family = "f-pace"    // on purpose
	familyUnknown family = "f-unknown"
)

// families are in the order of legends. The colours of the terminal are far
// apart for the colour-blind as well: red and green never differ in hue alone.
var families = []struct {
	family family
	key    string
	style  style
}{
	{familyUser, "frames.family.user", "33"},
	{familyWait, "frames.family.wait", "31"},
	{familyToolkit, "frames.family.toolkit", "36"},
	{familyMemory, "frames.family.memory", "35"},
	{familySched, "frames.family.sched", "94"},
	{familyDriver, "frames.family.driver", "92"},
	{familyC, "frames.family.c", "97"},
	{familyPace, "frames.family.pace", "2"},
	{familyUnknown, "frames.family.unknown", "37"},
}

// causes says how each cause is shown: a letter of its own, a family, and the
// key of its name.
var causes = map[evidence.LateCause]struct {
	letter string
	family family
	key    string
}{
	evidence.CauseUser:      {"U", familyUser, "frames.cause.user"},
	evidence.CauseToolkit:   {"T", familyToolkit, "frames.cause.toolkit"},
	evidence.CauseAlloc:     {"A", familyMemory, "frames.cause.alloc"},
	evidence.CauseGC:        {"G", familyMemory, "frames.cause.gc"},
	evidence.CauseRunnable:  {"R", familySched, "frames.cause.runnable"},
	evidence.CausePreempted: {"P", familySched, "frames.cause.preempted"},
	evidence.CauseThrottled: {"Q", familySched, "frames.cause.throttled"},
	evidence.CauseStolen:    {"V", familySched, "frames.cause.stolen"},
	evidence.CauseLock:      {"L", familyWait, "frames.cause.lock"},
	evidence.CauseCond:      {"W", familyWait, "frames.cause.cond"},
	evidence.CauseChannel:   {"H", familyWait, "frames.cause.channel"},
	evidence.CauseSleep:     {"Z", familyWait, "frames.cause.sleep"},
	evidence.CauseNetwork:   {"N", familyWait, "frames.cause.network"},
	evidence.CauseDisk:      {"F", familyWait, "frames.cause.disk"},
	evidence.CauseProcess:   {"X", familyWait, "frames.cause.process"},
	evidence.CauseSyscall:   {"Y", familyWait, "frames.cause.syscall"},
	evidence.CauseC:         {"C", familyC, "frames.cause.c"},
	evidence.CauseSwap:      {"S", familyDriver, "frames.cause.swap"},
	evidence.CauseDriver:    {"D", familyDriver, "frames.cause.driver"},
	evidence.CausePace:      {"=", familyPace, "frames.cause.pace"},
	evidence.CauseUnknown:   {"?", familyUnknown, "frames.cause.unknown"},
}

// Causes lists the causes, those of a family together.
func Causes() []evidence.LateCause {
	var out []evidence.LateCause
	for c := range causes {
		out = append(out, c)
	}
	rank := func(c evidence.LateCause) int {
		for i := range families {
			if families[i].family == causes[c].family {
				return i
			}
		}
		return len(families)
	}
	slices.SortFunc(out, func(a, b evidence.LateCause) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(causes[a].letter, causes[b].letter))
	})
	return out
}

// CauseLetter is the one letter that stands for a cause, so that it can be told
// without colours.
func CauseLetter(c evidence.LateCause) string {
	if s, ok := causes[c]; ok {
		return s.letter
	}
	return "?"
}

// CauseName is a cause in a few words.
func CauseName(c evidence.LateCause, lang text.Lang) string {
	s, ok := causes[c]
	if !ok {
		s = causes[evidence.CauseUnknown]
	}
	return text.T(s.key).In(lang)
}

// CauseStyle is the colour of a cause on a terminal, an SGR parameter list.
func CauseStyle(c evidence.LateCause) string {
	of := familyOf(c)
	for _, f := range families {
		if f.family == of {
			return string(f.style)
		}
	}
	return ""
}

func familyOf(c evidence.LateCause) family {
	if s, ok := causes[c]; ok {
		return s.family
	}
	return familyUnknown
}

// MainCause is what most of a late frame's time was spent on, other than what
// is meant to be: pacing counts only where there is nothing else. The share is
// nil where nothing is known.
func MainCause(l *evidence.LateFrame) *evidence.FrameShare {
	var best *evidence.FrameShare
	for i := range l.Shares {
		s := &l.Shares[i]
		if best == nil || best.Cause == evidence.CausePace && s.Cause != evidence.CausePace ||
			s.Took > best.Took && (s.Cause != evidence.CausePace || best.Cause == evidence.CausePace) {
			best = s
		}
	}
	return best
}

// SharePlace is the user's line of a share, cleaned for showing; ok is false
// where none was seen.
func SharePlace(f *evidence.Frames, s *evidence.FrameShare) (p Place, ok bool) {
	stack := stackOf(f, s.Stack)
	if s.Place < 0 || s.Place >= len(stack) {
		return Place{}, false
	}
	return framePlace(&stack[s.Place]), true
}

func framePlace(fr *evidence.Frame) Place {
	return Place{Function: clean(fr.Function), File: clean(baseName(fr.File)), Line: fr.Line, Path: clean(fr.File)}
}

// At is the place's file and line, "store.go:51".
func (p Place) At() string { return fileLine(&p) }

// Short is the place's function without the import path.
func (p Place) Short() string { return shortFunction(p.Function) }

// stackOf returns the stack of that number, nil if there is none.
func stackOf(f *evidence.Frames, stack int) []evidence.Frame {
	if f == nil || stack < 0 || stack >= len(f.Stacks) {
		return nil
	}
	return f.Stacks[stack]
}

// StackLine is one call of a stack, cleaned for showing.
type StackLine struct {
	Place
	Yours bool // code of the main module
	Marks bool // the line that the share is about
}

// ShareStack is the stack of a share, innermost call first.
func ShareStack(f *evidence.Frames, s *evidence.FrameShare) []StackLine {
	var out []StackLine
	for i, fr := range stackOf(f, s.Stack) {
		out = append(out, StackLine{framePlace(&fr), fr.Origin == evidence.OriginUser, i == s.Place})
	}
	return out
}

// Clean makes a string from the target fit to print on a terminal.
func Clean(s string) string { return clean(s) }

// Width is how many terminal columns s takes.
func Width(s string) int { return width(s) }
