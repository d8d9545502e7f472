package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// Held is what a finding of family leak says of the objects that leak: their type,
// and one chain of references that holds one of them, from a root to the object.
type Held struct {
	Type  string
	Chain []evidence.HeapLink
}

// heldBy returns what each finding of a report says of what leaks; nil for a finding
// that says nothing of the kind.
func heldBy(r *report.Report) []*Held {
	held := make([]*Held, len(r.Findings))
	for i := range r.Findings {
		leak := r.Findings[i].Leak
		if leak == nil {
			continue
		}
		held[i] = &Held{Type: leak.Type}
		for _, l := range leak.Chain {
			link := evidence.HeapLink{Kind: evidence.LinkKind(l.Kind), Name: l.Name, Type: l.Type, Ref: l.Ref}
			if l.Place != nil {
				link.Frame = &evidence.Frame{Function: l.Place.Function}
			}
			held[i].Chain = append(held[i].Chain, link)
		}
	}
	return held
}

// JudgeLeak compares a report of gomedic leak with what the run's fault must give.
// held has what each finding says of what leaks. On a healthy program every
// finding above info is false. Beside a leak other findings may stand: what leaks
// often holds something that leaks, too.
func JudgeLeak(run Run, r *report.Report, held []*Held) Outcome {
	o := newOutcome(run)
	o.readCost(r)
	f := run.Fault
	if f.Healthy {
		for _, finding := range r.Findings {
			if finding.Severity != report.Info {
				o.False = append(o.False, strings.TrimSpace(finding.ID+" "+function(finding.Where)))
			}
		}
		o.Found = mark(len(o.False) == 0)
		return o
	}
	best, bestNotes := -1, []string(nil)
	for i, finding := range r.Findings {
		if finding.Severity == report.Info || !slices.Contains(f.ID, finding.ID) {
			continue
		}
		var h *Held
		if i < len(held) {
			h = held[i]
		}
		notes := f.wrongInChain(h, run.Build)
		if best < 0 || len(notes) < len(bestNotes) {
			best, bestNotes = i, notes
		}
	}
	if best < 0 {
		o.judgeAbsent(f)
		o.Note = fmt.Sprintf("want %s, got %s", strings.Join(f.ID, " or "), orNothing(o.ID))
		return o
	}
	o.ID, o.Found = r.Findings[best].ID, Yes
	if f.judgesChain() {
		o.Chain = mark(len(bestNotes) == 0)
	}
	if len(f.Where) > 0 {
		got := function(r.Findings[best].Where)
		if o.Place = mark(slices.Contains(f.Where, got)); o.Place == No {
			bestNotes = append(bestNotes, fmt.Sprintf("place: want %s, got %s", strings.Join(f.Where, " or "), orNothing(got)))
		}
	}
	o.Note = strings.Join(bestNotes, "; ")
	return o
}

// judgesChain reports whether the fault says anything of the chain.
func (f Fault) judgesChain() bool {
	return f.Leak && len(f.Chain)+len(f.Type)+len(f.Global) > 0
}

// wrongInChain says what of the chain is not as the fault declares it, one line
// for each: the root, a name that it does not pass, the type at its end.
func (f Fault) wrongInChain(h *Held, build Build) []string {
	if !f.judgesChain() {
		return nil
	}
	if h == nil || len(h.Chain) == 0 {
		return []string{"chain: none"}
	}
	var wrong []string
	if f.Global != "" {
		root := h.Chain[0]
		_, named := afterAny(root.Name, f.Global)
		if root.Kind != evidence.LinkGlobal || !named && build != Stripped {
			wrong = append(wrong, fmt.Sprintf("root: want global %s, got %s %s", f.Global, root.Kind, orNothing(root.Name)))
		}
	}
	if missing := missingName(told(f.Chain, build), h.Chain); missing != "" {
		wrong = append(wrong, "chain: "+missing+" is missing")
	}
	if len(f.Type) > 0 {
		last := h.Chain[len(h.Chain)-1].Type
		if !slices.ContainsFunc(f.Type, func(want string) bool { return sameType(want, h.Type) || sameType(want, last) }) {
			wrong = append(wrong, fmt.Sprintf("type: want %s, got %s", strings.Join(f.Type, " or "), orNothing(h.Type)))
		}
	}
	return wrong
}

// told is the wanted names of a chain that a build tells: those that begin with "?"
// are in the symbols and in DWARF alone.
func told(want []string, build Build) []string {
	var out []string
	for _, name := range want {
		rest, symbols := strings.CutPrefix(name, "?")
		if !symbols || build != Stripped {
			out = append(out, rest)
		}
	}
	return out
}

// missingName returns the first of the wanted names that the chain does not pass
// in this order; empty when it passes all. A link is passed by its name, then by
// the function of its place, its type, and the reference to the next link.
func missingName(want []string, chain []evidence.HeapLink) string {
	i := 0
	for _, link := range chain {
		said := []string{link.Name, "", link.Type, link.Ref}
		if link.Frame != nil {
			said[1] = link.Frame.Function
		}
		for _, rest := range said {
			for i < len(want) {
				next, ok := afterAny(rest, want[i])
				if !ok {
					break
				}
				i, rest = i+1, next
			}
		}
	}
	if i < len(want) {
		return want[i]
	}
	return ""
}

// afterAny is after for each alternative of want, "a|b".
func afterAny(s, want string) (rest string, ok bool) {
	for one := range strings.SplitSeq(want, "|") {
		if rest, ok := after(s, one); ok {
			return rest, true
		}
	}
	return s, false
}

// after looks for name in s, as a whole: "main.cache" and "items" are in
// "main.cache.items", "cache" is not in "main.cacheSize". It returns what follows.
// The directories of a package's path need not be part of name.
func after(s, name string) (rest string, ok bool) {
	name = strings.TrimPrefix(name, ".")
	if name == "" {
		return s, false
	}
	for from := 0; ; {
		at := strings.Index(s[from:], name)
		if at < 0 {
			return s, false
		}
		at += from
		end := at + len(name)
		if (at == 0 || !inWord(s[at-1])) && (end == len(s) || !inWord(s[end])) {
			return s[end:], true
		}
		from = at + 1
	}
}

// inWord reports whether c continues an identifier.
func inWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
}

// sameType compares two types as a Go program prints them; whether one is a
// pointer to the other, and the directories of a package's path, make no
// difference: a chain's last link is the object, and its type what is at the
// pointer.
func sameType(a, b string) bool {
	return a != "" && b != "" && plainType(a) == plainType(b)
}

func plainType(t string) string {
	t = strings.TrimLeft(t, "*")
	if strings.ContainsAny(t, "[({ ") {
		return t
	}
	return t[strings.LastIndexByte(t, '/')+1:]
}
