package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// table is what was measured, as Markdown.
func (m *measured) table() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("# Watching files\n\nMeasured by `go run ./bench/watch -out bench/WATCH.md` on %s: %s; load %s before and %s after.\n\n",
		m.when.Format("2006-01-02"), machine(), m.load[0], m.load[1])
	p("## Files that are not whole\n\n")
	p("%d saves of %d files by as many writers at the same time: bit by bit, at once, and by rename. Each content names its\n", m.saved, writers)
	p("own length and hash. Bar: none is loaded that is not whole, and of each file the last.\n\n")
	p("| watched by | loaded | not whole | last content loaded |\n|---|---:|---:|---:|\n")
	for _, l := range m.saves {
		p("| %s | %d | %d | %d of %d |\n", l.by, l.whole+l.partial, l.partial, l.last, l.last+l.lastWrong)
	}
	p("\n## Files that belong together\n\n")
	p("%d saves of two files at each gap, the second so long after the first, in %d folders at the same time. Torn: the two were\n", m.setsEach, writers)
	p("loaded from two saves. Bar: none. With `Consistent` the files themselves say whether they belong together;\nwhere learned, nobody says that they do: the first names the second.\n\n")
	p("| gap | watched by | loaded | torn | last save loaded |\n|---:|---|---:|---:|---:|\n")
	for _, l := range m.sets {
		p("| %s | %s | %d | %d | %d of %d |\n", l.what, l.by, l.whole+l.partial, l.partial, l.last, l.last+l.lastWrong)
	}
	p("\n## From the end of a save to its change\n\n")
	p("%d saves, one by one, in milliseconds: median (quartiles). reload/watch waits for 20 ms in which nothing more happens, and\n", len(m.latency[0].times))
	p("has read the file by then; fsnotify has not, and tells before the save returns.\n\n| | ms |\n|---|---:|\n")
	for _, l := range m.latency {
		t := slices.Sorted(slices.Values(l.times))
		ms := func(q int) float64 { return float64(t[len(t)*q/4].Round(time.Microsecond)) / 1e6 }
		p("| %s | %.2f (%.2f–%.2f) |\n", l.what, ms(2), ms(1), ms(3))
	}
	return b.String()
}
