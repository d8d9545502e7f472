package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/text"
)

// htmlLeak is the chain of a finding of family leak, and how much there was of it.
type htmlLeak struct {
	Links []htmlLeakLink
	Facts []string
	Chart *htmlLine // nil with a single look
}

type htmlLeakLink struct {
	Kind, Name, Full, At, Path string
	Facts                      []string
	Leaks, LeaksClass          string // the class is yes, no or unknown
	Before, Ref                string // of the reference; Ref is empty for the last
	Suspect                    bool
	Skipped                    string // that links are left out before this one
}

// htmlLine is a line chart. The drawing is of 1000 by 100 and stretched to the
// page; what is written stands outside of it.
type htmlLine struct {
	Name   string
	Lines  []htmlPolyline
	Marks  []htmlMark // the looks
	Top    string     // what the upper edge means
	Start  string
	End    string
	Legend []htmlLegend
}

type htmlPolyline struct{ Class, Points, Title string }

type htmlMark struct{ X, Title string }

func (h *htmlPage) leak(l *Leak) *htmlLeak {
	if l == nil {
		return nil
	}
	out := &htmlLeak{}
	for _, s := range leakFacts(l, h.lang) {
		out.Facts = append(out.Facts, clean(s))
	}
	skipped := ""
	for i := range l.Chain {
		if n := skipLinks(len(l.Chain), i); n != 0 {
			if n > 0 {
				skipped = h.say("leak.skipped", n)
			}
			continue
		}
		link := &l.Chain[i]
		w := wordsOfLink(link, i == len(l.Chain)-1, h.lang)
		one := htmlLeakLink{Kind: clean(w.kind), Name: clean(w.name), Full: clean(w.full), At: clean(w.at), Leaks: clean(w.leaks), LeaksClass: "unknown",
			Before: clean(w.before), Ref: clean(w.ref), Suspect: link.Suspect, Skipped: skipped}
		if link.Place != nil {
			one.Path = clean(link.Place.Path)
		}
		if link.Leaks == "yes" || link.Leaks == "no" {
			one.LeaksClass = link.Leaks
		}
		for _, s := range w.facts {
			one.Facts = append(one.Facts, clean(s))
		}
		skipped = ""
		out.Links = append(out.Links, one)
	}
	if len(l.Looks) > 1 {
		var at, count []int64
		for _, k := range l.Looks {
			at, count = append(at, k.AtMS), append(count, k.Count)
		}
		top := largest(count)
		c := &htmlLine{Name: h.say("leak.chart"), Top: strconv.FormatInt(top, 10)}
		h.span(c, at)
		c.Lines = []htmlPolyline{{"l-count", polyline(at, count, top), h.say("leak.chart")}}
		for i := range at {
			c.Marks = append(c.Marks, htmlMark{across(at, at[i]), strconv.FormatInt(count[i], 10)})
		}
		out.Chart = c
	}
	return out
}

func (h *htmlPage) span(c *htmlLine, at []int64) {
	c.Start = h.in(text.Duration(0))
	c.End = h.in(text.Duration(time.Duration(at[len(at)-1]-at[0]) * time.Millisecond))
}

func largest(v []int64) int64 {
	var top int64 = 1
	for _, x := range v {
		top = max(top, x)
	}
	return top
}

// across is where in a drawing of 1000 a moment lies between the first and the
// last.
func across(at []int64, t int64) string {
	whole := float64(at[len(at)-1]) - float64(at[0])
	if whole <= 0 {
		return "0"
	}
	return fmt.Sprintf("%.1f", 1000*min(1, max(0, (float64(t)-float64(at[0]))/whole)))
}

// polyline are the points of values up to top, in a drawing of 1000 by 100.
func polyline(at, values []int64, top int64) string {
	var b strings.Builder
	for i := range min(len(at), len(values)) {
		if i > 0 {
			b.WriteByte(' ')
		}
		y := 100 - 96*min(1, max(0, float64(values[i])/float64(max(1, top))))
		fmt.Fprintf(&b, "%s,%.1f", across(at, at[i]), y)
	}
	return b.String()
}

// htmlMemory is the section on where the memory goes.
type htmlMemory struct {
	Facts  []string
	Looks  []string
	Parts  []htmlMemoryPart
	Chart  *htmlLine
	Growth []htmlGrowth
}

type htmlMemoryPart struct{ X, W, Class, Name, RSS, Share, Size string }

type htmlGrowth struct {
	Name string
	Rows []htmlGrowthRow
}

type htmlGrowthRow struct {
	Name, Full, At, Count, Bytes, Retained, Rate, Sure string
	Yours                                              bool
}

const (
	maxGrowthRows = 25  // of each table
	maxPoints     = 600 // of a line
)

func (h *htmlPage) memory() *htmlMemory {
	m := memoryOf(h.r, h.ev)
	if m == nil {
		return nil
	}
	out := &htmlMemory{}
	if len(m.Parts) > 0 {
		out.Facts = memoryFacts(m, h.lang)
	}
	x := 0.0
	for _, p := range m.Parts {
		class, _ := memoryColour(p.Name)
		part := m.memoryShare(p.RSS)
		row := htmlMemoryPart{X: percent(min(x, 100)), W: percent(min(part*100, max(0, 100-x))), Class: class, Name: clean(memoryName(p.Name, h.lang)),
			RSS: text.Bytes(p.RSS), Share: text.Percent(part)}
		if p.Size > 0 {
			row.Size = text.Bytes(p.Size)
		}
		x += part * 100
		out.Parts = append(out.Parts, row)
	}
	out.Looks = lookLines(m, h.lang)
	out.Chart = h.memoryChart(m)
	for _, t := range growthTables(m) {
		if rows := h.growthRows(t.groups); len(rows) > 0 {
			out.Growth = append(out.Growth, htmlGrowth{h.say(t.key), rows})
		}
	}
	return out
}

// memoryChart draws the runtime's own figures, and marks the looks; nil without
// at least two samples.
func (h *htmlPage) memoryChart(m *Memory) *htmlLine {
	samples := m.Samples
	if len(samples) < 2 {
		return nil
	}
	step := (len(samples) + maxPoints - 1) / maxPoints
	var at []int64
	values := [3][]int64{}
	var top int64 = 1
	for i := 0; i < len(samples); i += step {
		s := &samples[i]
		at = append(at, s.AtMS)
		for j, v := range []int64{s.RSS, s.HeapAlloc, s.Live} {
			values[j] = append(values[j], v)
			top = max(top, v)
		}
	}
	c := &htmlLine{Name: h.say("memory.over-time"), Top: text.Bytes(top)}
	h.span(c, at)
	for j, k := range []struct{ class, key string }{{"l-rss", "memory.process"}, {"l-heap", "memory.chart.heap"}, {"l-live", "memory.chart.live"}} {
		if largest(values[j]) > 1 {
			c.Lines = append(c.Lines, htmlPolyline{k.class, polyline(at, values[j], top), h.say(k.key)})
			c.Legend = append(c.Legend, htmlLegend{k.class, h.say(k.key)})
		}
	}
	for i, l := range m.Looks {
		c.Marks = append(c.Marks, htmlMark{across(at, l.AtMS), h.say("memory.look", i+1)})
	}
	return c
}

func (h *htmlPage) growthRows(groups []MemoryGroup) []htmlGrowthRow {
	var out []htmlGrowthRow
	for i, g := range growing(groups) {
		if i == maxGrowthRows {
			break
		}
		row := htmlGrowthRow{Name: clean(groupName(g)), Full: clean(g.Name), Yours: g.Yours, Count: fromTo(g.Count, count), Bytes: fromTo(g.Bytes, text.Bytes),
			Retained: fromTo(g.Retained, text.Bytes), Rate: text.Bytes(int64(g.BytesPerSecond)), Sure: text.Percent(g.Confidence)}
		if g.Place != nil {
			row.At = clean(fileLine(g.Place))
		}
		out = append(out, row)
	}
	return out
}

func count(n int64) string { return strconv.FormatInt(n, 10) }

// fromTo is the first and the last figure of a row.
func fromTo(v []int64, show func(int64) string) string {
	switch len(v) {
	case 0:
		return ""
	case 1:
		return show(v[0])
	}
	return show(v[0]) + " → " + show(v[len(v)-1])
}
