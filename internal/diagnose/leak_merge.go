package diagnose

import (
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// maxLeaks bounds the findings of one id: whoever has ten at once mends the worst
// and looks again.
const maxLeaks = 10

// maxCompared bounds the suspects that are compared with each other, the worst of
// them: the time for it grows with the square of their number.
const maxCompared = 400

// mergeLeaks leaves of the suspects that say the same only the most specific: a
// map of closed windows is told as windows, and what a closed window holds is
// told with the window.
func mergeLeaks(all []*leak) []*leak {
	sortLeaks(all)
	all = all[:min(len(all), maxCompared)]
	// The most specific ones first take what explains them, or what they explain.
	byRank := slices.Clone(all)
	slices.SortStableFunc(byRank, func(a, b *leak) int { return a.rank - b.rank })
	gone := map[*leak]bool{}
	for i, a := range byRank {
		if gone[a] {
			continue
		}
		for _, b := range byRank[i+1:] {
			if gone[b] || gone[a] {
				continue
			}
			if !sameLeak(a, b) {
				continue
			}
			winner, loser := a, b
			// Not by its rank alone: a sure leak is not hidden behind a mere word.
			if a.severity == report.Info && b.severity != report.Info {
				winner, loser = b, a
			}
			if loser.severity.Rank() < winner.severity.Rank() {
				winner.severity = loser.severity // it is the same memory
			}
			winner.with = append(winner.with, loser)
			winner.with = append(winner.with, loser.with...)
			gone[loser] = true
		}
	}
	var out []*leak
	told := map[string]int{}
	for _, l := range all {
		if gone[l] || told[l.rule.id] >= maxLeaks {
			continue
		}
		told[l.rule.id]++
		out = append(out, l)
	}
	return out
}

// sameLeak reports whether b is no leak of its own beside a, which is as specific
// or more.
func sameLeak(a, b *leak) bool {
	if len(a.links) == 0 || len(b.links) == 0 {
		return a.s.Signature != "" && a.s.Signature == b.s.Signature
	}
	if a.rank == b.rank {
		// One reference at fault, and several types behind it; or one container in
		// another that grows.
		return headKey(a) == headKey(b) || within(a, b) || within(b, a)
	}
	if within(b, a) { // a holds b: without a, b would be gone
		return true
	}
	return within(a, b) && outweighs(a, b)
}

// within reports whether the chain of inner passes through the object of outer,
// or through the container that outer is about.
func within(inner, outer *leak) bool {
	n := len(outer.links)
	if outer.s.Kind == evidence.SuspectContainer || outer.s.Kind == evidence.SuspectListeners {
		// The last link may be an element: what counts is that the container holds both.
		if at := containerLink(outer); at >= 0 {
			n = at + 1
		}
	}
	if len(inner.links) < n {
		return false
	}
	if len(inner.links) == n && len(outer.links) > n {
		return false // inner is the container itself
	}
	if addr := outer.links[n-1].Addr; addr != 0 && n > 1 {
		for i := range inner.links {
			if inner.links[i].Addr == addr {
				return true
			}
		}
	}
	return chainKey(inner.links, n) == chainKey(outer.links, n)
}

// outweighs: a, which b holds, is why b grows: it is at least half of what b
// holds, or grows at least half as fast.
func outweighs(a, b *leak) bool {
	if a.g.retained == 0 || b.g.retained == 0 || a.g.retained >= b.g.retained/2 {
		return true
	}
	return a.g.perSecond > 0 && a.g.perSecond >= b.g.perSecond/2
}

// containerLink is the last link that is a container with elements, or of the
// type of one; -1: there is none.
func containerLink(l *leak) int {
	for i := len(l.links) - 1; i >= 0; i-- {
		if isContainer(&l.links[i]) || l.links[i].Len > 0 {
			return i
		}
	}
	return -1
}

// headKey names the chain down to the reference at fault.
func headKey(l *leak) string {
	n := 1
	for i, is := range l.suspect {
		if is {
			n = i + 1
		}
	}
	if n == len(l.links) {
		return chainKey(l.links, n)
	}
	return chainKey(l.links, n) + normalRef(l.links[n-1].Ref)
}

// chainKey is equal for chains whose first n links are equal but for addresses,
// indexes and keys. The reference of the last of them is left out.
func chainKey(links []evidence.HeapLink, n int) string {
	var b strings.Builder
	for i := range min(n, len(links)) {
		l := &links[i]
		if i > 0 {
			b.WriteString(normalRef(links[i-1].Ref))
		}
		b.WriteString("\x00" + string(l.Kind) + "\x00" + l.Name + "\x00" + l.Type + "\x00")
	}
	return b.String()
}

// normalRef is a reference without the key or the index of an element.
func normalRef(ref string) string {
	open := strings.IndexByte(ref, '[')
	if open < 0 {
		return ref
	}
	if end := strings.LastIndexByte(ref, ']'); end > open {
		return ref[:open] + "[]" + ref[end+1:]
	}
	return ref[:open] + "[]"
}
