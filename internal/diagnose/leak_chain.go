package diagnose

import (
	"fmt"
	"hash/fnv"
	"io"
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// LeakChain returns the chain of a suspect with a verdict in each link, and which
// of its references are suspect. The suspect itself is left as it is.
//
// The verdicts are LeakCanary's way of reading a chain: what is known of single
// objects spreads along the references. Whoever leads to something that belongs
// there belongs there as well; whatever hangs below something that should be gone
// should be gone, too. The reference at fault is then between the last that
// belongs there and the first that does not.
func LeakChain(s *evidence.HeapSuspect) (links []evidence.HeapLink, suspect []bool) {
	links = slices.Clone(s.Chain)
	suspect = make([]bool, len(links))
	lastNo := -1
	for i := range links {
		links[i].Leaks, links[i].Why = linkVerdict(s, i)
		if links[i].Leaks == evidence.LeaksNo {
			lastNo = i
		}
	}
	firstYes := len(links)
	for i := range links {
		l := &links[i]
		switch {
		case i < lastNo && l.Leaks != evidence.LeaksNo:
			l.Leaks, l.Why = evidence.LeaksNo, "leak.because.leads"
		case i > firstYes && l.Leaks != evidence.LeaksYes:
			l.Leaks, l.Why = evidence.LeaksYes, "leak.because.held"
		case i > lastNo && l.Leaks == evidence.LeaksYes:
			firstYes = min(firstYes, i)
		}
	}
	// The last link refers to nothing; without a verdict it may be at fault all the
	// same that it is referred to.
	from, to := max(lastNo, 0), min(firstYes, len(links)-1)
	// Nobody can take away the runtime's own reference to what has a finalizer.
	if from == 0 && len(links) > 0 && (links[0].Kind == evidence.LinkFinalizer || links[0].Kind == evidence.LinkCleanup) {
		from = 1
	}
	if s.Suspect >= from && s.Suspect < to {
		suspect[s.Suspect] = true
		return links, suspect
	}
	for i := from; i < to; i++ {
		suspect[i] = true
	}
	return links, suspect
}

// linkVerdict is what is known of one link by itself. The reason is a key of
// internal/text.
func linkVerdict(s *evidence.HeapSuspect, i int) (leaks, why string) {
	l := &s.Chain[i]
	switch l.Label {
	case evidence.LabelOpenWindow:
		return evidence.LeaksNo, "leak.because.open"
	case evidence.LabelShown:
		return evidence.LeaksNo, "leak.because.shown"
	case evidence.LabelClosedWindow:
		return evidence.LeaksYes, "leak.because.closed"
	case evidence.LabelDetached:
		return evidence.LeaksYes, "leak.because.detached"
	case evidence.LabelDisposed:
		return evidence.LeaksYes, "leak.because.disposed"
	case evidence.LabelBlocked:
		return evidence.LeaksYes, "leak.because.blocked"
	}
	if i == len(s.Chain)-1 {
		if leaks, why = lastVerdict(s, l); leaks != evidence.LeaksUnknown {
			return leaks, why
		}
	}
	switch l.Kind {
	case evidence.LinkGlobal:
		return evidence.LeaksNo, "leak.because.global"
	case evidence.LinkStack:
		return evidence.LeaksNo, "leak.because.stack"
	case evidence.LinkRegister:
		return evidence.LeaksNo, "leak.because.register"
	case evidence.LinkRuntime:
		return evidence.LeaksNo, "leak.because.runtime"
	case evidence.LinkTimer:
		if s.Kind == evidence.SuspectTimers && growthOf(s).steady {
			return evidence.LeaksYes, "leak.because.timer"
		}
	}
	return evidence.LeaksUnknown, ""
}

// lastVerdict is what the pattern by which the suspect was found says of its
// object.
func lastVerdict(s *evidence.HeapSuspect, l *evidence.HeapLink) (leaks, why string) {
	switch s.Kind {
	case evidence.SuspectWindows:
		if s.Shown == nil || s.Shown.State != "hidden" { // a hidden one may be shown again
			return evidence.LeaksYes, "leak.because.closed"
		}
	case evidence.SuspectWidgets:
		return evidence.LeaksYes, "leak.because.detached"
	case evidence.SuspectGoroutines:
		if s.Blocked != nil && s.Blocked.Proof {
			return evidence.LeaksYes, "leak.because.blocked"
		}
	case evidence.SuspectFinalizers:
		return evidence.LeaksYes, "leak.because.finalizer"
	case evidence.SuspectBacking:
		return evidence.LeaksYes, "leak.because.backing"
	case evidence.SuspectImages:
		if s.Shown != nil && s.Shown.State == "disposed" {
			return evidence.LeaksYes, "leak.because.disposed"
		}
	}
	// Of what grows, the elements are too many; that there is a container, or a root,
	// is right.
	if growthOf(s).steady && s.Kind != evidence.SuspectGoroutines && len(s.Chain) > 1 && (s.Kind != evidence.SuspectContainer || !isContainer(l)) {
		return evidence.LeaksYes, "leak.because.grows"
	}
	return evidence.LeaksUnknown, ""
}

func isContainer(l *evidence.HeapLink) bool {
	switch l.Kind {
	case evidence.LinkMap, evidence.LinkSlice, evidence.LinkChan:
		return true
	}
	return false
}

// Trace is a chain that somebody asked for, with the verdicts of [LeakChain], as
// reports show it. That there is a reference at fault is said only where something
// should be gone.
func Trace(t *evidence.Target, s *evidence.HeapSuspect) *report.Leak {
	l := &leak{s: s, g: growthOf(s)}
	l.links, l.suspect = LeakChain(s)
	if !slices.ContainsFunc(l.links, func(k evidence.HeapLink) bool { return k.Leaks == evidence.LeaksYes }) {
		clear(l.suspect)
	}
	return (&leakCase{t: t, h: &evidence.Heap{}}).leakOf(l)
}

// shortSignature is a signature as people compare it: eight digits; empty for none.
func shortSignature(signature string) string {
	if signature == "" {
		return ""
	}
	sum := fnv.New32a()
	io.WriteString(sum, signature) // which cannot fail
	return fmt.Sprintf("%08x", sum.Sum32())
}
