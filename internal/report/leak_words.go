package report

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/text"
)

// linkWords is a link of a leak's chain in words, for the terminal and the page.
// Nothing of it is cleaned.
type linkWords struct {
	kind   string // "global"; empty where the type says it
	name   string // what it is, in short
	full   string // the same with import paths
	at     string // file:line
	facts  []string
	leaks  string // "leaking: no (a package variable lives as long as the program)"
	before string // of the reference: whose field it is
	ref    string // the reference; empty for the last link
}

// rootKinds are the kinds of links that say more than a type does.
var rootKinds = []string{"global", "stack", "register", "finalizer", "cleanup", "timer", "handle", "pinned", "c", "runtime", "closure"}

// namedRoots are those whose name is the variable that refers to the next link.
var namedRoots = []string{"global", "stack", "register", "closure"}

func wordsOfLink(l *LeakLink, last bool, lang text.Lang) linkWords {
	var w linkWords
	kind := text.Literal(l.Kind)
	if key := "leak.kind." + l.Kind; hasText(key) {
		kind = text.T(key, l.Goroutine)
	}
	if slices.Contains(rootKinds, l.Kind) && !(l.Kind == "c" && l.Type != "") || l.Type == "" {
		w.kind = kind.In(lang)
	}
	w.name, w.full = shortType(l.Type), l.Type
	if l.Name != "" {
		w.name, w.full = shortFunction(l.Name), l.Name
		if l.Type != "" && l.Kind != "closure" {
			w.facts = append(w.facts, shortType(l.Type))
		}
	}
	if l.Place != nil {
		w.at = fileLine(l.Place)
	}
	if l.Label != "" {
		label := text.HeapLabel(l.Label).In(lang)
		if key := "leak.label." + l.Label; hasText(key) {
			label = text.T(key).In(lang)
		}
		w.facts = append(w.facts, label)
	}
	if l.Len > 0 {
		w.facts = append(w.facts, text.T("leak.len", l.Len).In(lang))
	}
	if l.Size > 0 {
		w.facts = append(w.facts, text.T("leak.size", text.Bytes(l.Size)).In(lang))
	}
	if l.Retained > l.Size {
		w.facts = append(w.facts, text.T("leak.retains", text.Bytes(l.Retained)).In(lang))
	}
	verdict := "leak.leaks.unknown"
	if l.Leaks == "yes" || l.Leaks == "no" {
		verdict = "leak.leaks." + l.Leaks
	}
	w.leaks = text.T(verdict).In(lang)
	if !l.Why.IsZero() {
		w.leaks = text.T("leak.reason", w.leaks, l.Why).In(lang)
	}
	if last {
		return w
	}
	w.ref = l.Ref
	switch {
	case l.Name != "" && (w.ref == "" || strings.HasPrefix(w.ref, ".") || strings.HasPrefix(w.ref, "[")):
		w.before = shortFunction(l.Name)
	case l.Type != "" && strings.HasPrefix(w.ref, "."):
		w.before = strings.TrimPrefix(shortType(l.Type), "*")
	}
	switch {
	case w.ref == "" && slices.Contains(namedRoots, l.Kind):
		w.before, w.ref = "", w.before
	case w.ref == "":
		w.before, w.ref = "", "*" // it points there
	case strings.HasPrefix(w.ref, ".") && w.before != "":
		w.before, w.ref = w.before+".", w.ref[1:]
	}
	if w.ref == "" {
		w.ref = "*"
	}
	return w
}

func hasText(key string) bool {
	_, ok := text.Find(key)
	return ok
}

var (
	majorInType = regexp.MustCompile(`([\w.~%-]+)/v[0-9]+\.`)
	pathInType  = regexp.MustCompile(`(?:[\w.~%-]+/)+`)
)

// ShortType is a type without import paths, as a person reads it.
func ShortType(t string) string { return shortType(t) }

// shortType cuts the import paths off the names in a type:
// "map[string]*example.com/orders/ui.Window" is "map[string]*ui.Window".
func shortType(t string) string {
	const longest = 4 << 10
	if len(t) > longest {
		return t // no type of a person's
	}
	return pathInType.ReplaceAllString(majorInType.ReplaceAllString(t, "$1."), "")
}

// leakFacts are the figures of a leak in words, one line.
func leakFacts(l *Leak, lang text.Lang) []string {
	out := []string{text.T("leak.total", l.Count, text.Bytes(l.Bytes)).In(lang)}
	if l.PerSecond > 0 || l.BytesPerSecond > 0 {
		out = append(out, text.T("leak.rate", leakRate(l.PerSecond), text.Bytes(int64(l.BytesPerSecond))).In(lang))
	}
	if l.Chains > 1 {
		out = append(out, text.T("leak.chains", l.Chains).In(lang))
	}
	if l.Signature != "" {
		out = append(out, text.T("leak.signature", l.Signature).In(lang))
	}
	return out
}

// leakRate is a number a second, with as many figures as matter.
func leakRate(x float64) string {
	digits := 1
	if x >= 9.95 || x <= -9.95 {
		digits = 0
	}
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', digits, 64), ".0")
}
