package report

import (
	"strings"

	"github.com/rivo/uniseg"
)

// maxTrace bounds the links that are drawn: of a longer chain the middle is left
// out, since its ends and the reference at fault are what a person needs.
const maxTrace = 40

var leaksStyle = map[string]style{"yes": styleRed, "no": styleGreen}

// trace draws the chain of a leak, one object a line, the reference to the next
// below it, and what should not be there underlined:
//
//	┬ global main.store · *main.Store
//	│    leaking: no (a package variable lives as long as the program)
//	│    ↓ main.store.open
//	│                 ~~~~
//	╰→ *main.Window · closed window · 96 B itself · retains 2.0 MiB
//	     leaking: yes (the window is closed)
func (t *terminal) trace(l *Leak) {
	t.heading(t.say("leak.trace"), "")
	for i := range l.Chain {
		switch skipped := skipLinks(len(l.Chain), i); {
		case skipped > 0:
			t.page.line(span{styleDim, indent + "┊ "}, span{styleDim, indent + "┊ "}, span{styleDim, t.say("leak.skipped", skipped)})
		case skipped == 0:
			t.traceLink(l, i)
		}
	}
	t.page.line(plain(indent), plain(indent), span{styleDim, strings.Join(leakFacts(l, t.o.Lang), " · ")})
}

func (t *terminal) traceLink(l *Leak, i int) {
	link := &l.Chain[i]
	last := i == len(l.Chain)-1
	first, rest := "├─ ", "│    "
	switch {
	case len(l.Chain) == 1:
		first, rest = "╶ ", "     "
	case i == 0:
		first = "┬ "
	case last:
		first, rest = "╰→ ", "     "
	}
	w := wordsOfLink(link, last, t.o.Lang)
	var spans []span
	if w.kind != "" {
		spans = append(spans, span{styleDim, w.kind + " "})
	}
	spans = append(spans, span{styleBold, w.name})
	if w.at != "" {
		spans = append(spans, span{styleDim, " · "}, span{styleCyan, w.at})
	}
	if len(w.facts) > 0 {
		spans = append(spans, span{styleDim, " · " + strings.Join(w.facts, " · ")})
	}
	under := span{styleDim, indent + rest}
	t.page.line(span{styleDim, indent + first}, span{styleDim, indent + pad(strings.TrimRight(rest, " "), width(first))}, spans...)
	st := styleDim
	if s, ok := leaksStyle[link.Leaks]; ok {
		st = s
	}
	t.page.line(under, under, span{st, w.leaks})
	if last {
		return
	}
	// The reference stays on one line, so that what is underlined stands above its
	// tildes.
	before, ref := clean(w.before), clean(w.ref)
	if room := t.page.width - width(under.text) - 2; t.page.width > 0 {
		room = max(room, 8)
		if width(before)+width(ref) > room {
			before = ""
		}
		ref = cut(ref, room)
	}
	if !link.Suspect {
		t.page.line(span{styleDim, under.text + "↓ "}, under, span{styleDim, before}, plain(ref))
		return
	}
	t.page.line(span{styleDim, under.text + "↓ "}, under, span{styleDim, before}, span{styleRed, ref})
	t.page.line(span{styleDim, under.text + strings.Repeat(" ", 2+width(before))}, under, span{styleRed, strings.Repeat("~", max(1, width(ref)))})
}

// skipLinks is whether link i of a chain of n is left out: 0, it is not; more
// than 0, at the first of those that are, how many they are; -1 at the others.
func skipLinks(n, i int) int {
	from, to := maxTrace/2, n-maxTrace/2
	switch {
	case n <= maxTrace || i < from || i >= to:
		return 0
	case i == from:
		return to - from
	}
	return -1
}

// cut shortens s to n columns, in the middle.
func cut(s string, n int) string {
	if width(s) <= n || n < 3 {
		return s
	}
	var parts []string
	for g := uniseg.NewGraphemes(s); g.Next(); {
		parts = append(parts, g.Str())
	}
	head, tail := 0, len(parts)
	left, used := n-1, 0
	for head < tail {
		if w := width(parts[head]); used+w <= left*2/3 {
			used += w
			head++
			continue
		}
		break
	}
	for tail > head {
		w := width(parts[tail-1])
		if used+w > left {
			break
		}
		used += w
		tail--
	}
	return strings.Join(parts[:head], "") + "…" + strings.Join(parts[tail:], "")
}
