package live

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// View draws the whole screen.
func (m *memoryModel) View() tea.View {
	v := tea.NewView(m.draw())
	v.AltScreen = true
	return v
}

func (m *memoryModel) say(key string, args ...any) string { return text.T(key, args...).In(m.o.Lang) }

// draw returns the screen: as many lines as it is high, none wider than it is.
func (m *memoryModel) draw() string {
	body, keys := m.overview, "memory.keys"
	if m.help {
		body, keys = m.helpLines, "live.keys.help"
	}
	if report.Width(m.say(keys)) > m.width {
		keys = "memory.keys.short"
	}
	room := max(0, m.height-2) // title and keys
	lines := body()
	lines = lines[:min(len(lines), room)]
	for len(lines) < room {
		lines = append(lines, nil)
	}
	lines = append(append([][]span{m.title()}, lines...), []span{{dim, m.say(keys)}})
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimRight(paint(l, m.width, m.o.Color), " ")
	}
	return strings.Join(out[:min(len(out), max(1, m.height))], "\n")
}

func (m *memoryModel) title() []span {
	var out []span
	if m.paused {
		out = append(out, span{reverse, " " + m.say("live.paused") + " "}, span{"", " "})
	}
	for i, s := range m.o.Title {
		if i == 0 {
			out = append(out, span{bold, s})
		} else {
			out = append(out, span{dim, " · " + s})
		}
	}
	return append(out, span{dim, " · " + text.Duration(m.at.Truncate(100*time.Millisecond)).In(m.o.Lang)})
}

// overview is the verdict, the figures, the chart and the rows.
func (m *memoryModel) overview() [][]span {
	if len(m.samples) == 0 {
		return [][]span{{{dim, m.say("memory.none")}}}
	}
	now := &m.samples[len(m.samples)-1]
	var out [][]span
	for _, w := range m.verdict.Words(m.o.Lang) {
		style := green
		switch {
		case m.verdict.Grows():
			style = yellow
		case m.verdict.Collections < m.verdict.Needed:
			style = dim
		}
		out = append(out, []span{{style, w}})
	}
	switch {
	case !m.note.IsZero():
		out = append(out, []span{{cyan, report.Clean(m.note.In(m.o.Lang))}})
	case m.verdict.Worth:
		out = append(out, []span{{dim, m.say("memory.verdict.worth")}})
	}
	out = append(out, []span{{bold, strings.Join(report.MemoryFigures(now, m.o.Lang), " · ")}})
	if m.height >= 14 {
		out = append(out, []span{{dim, strings.Join(report.MemoryDetails(now, m.o.Lang), " · ")}})
	}
	if m.height >= 20 {
		out = append(out, nil)
	}
	const rows = 3 // RSS, goroutines, GC
	tall := max(2, m.height-2-len(out)-rows-1)
	out = append(out, m.chart(tall)...)
	return append(out, m.rows()...)
}

// column is the samples that one column of the screen stands for.
type column struct {
	alloc, live, rss, goroutines int64
	collected                    bool
}

func (m *memoryModel) labelWidth() int {
	if m.width >= 40 {
		return 12
	}
	return 0
}

// perColumn is how many samples one column stands for.
func (m *memoryModel) perColumn() int {
	if m.zoom > 0 {
		return m.zoom
	}
	room := max(1, m.width-m.labelWidth())
	n := 1
	for len(m.samples) > room*n { // doubled, so that the columns do not move all the time
		n *= 2
	}
	return n
}

// columns are the last samples, the newest last, as many as there is room for.
func (m *memoryModel) columns() []column {
	room, per := max(0, m.width-m.labelWidth()), m.perColumn()
	var out []column
	for i := 0; i < len(m.samples); i += per {
		var c column
		for j := i; j < min(len(m.samples), i+per); j++ {
			s := &m.samples[j]
			c.alloc, c.live = max(c.alloc, s.HeapAlloc), s.Live
			c.rss, c.goroutines = s.RSS, s.Goroutines
			c.collected = c.collected || j > 0 && s.GC > m.samples[j-1].GC
		}
		out = append(out, c)
	}
	return out[max(0, len(out)-room):]
}

// chart draws the heap: a bar for each column, and across them the line of what
// the last collection found live.
func (m *memoryModel) chart(rows int) [][]span {
	columns := m.columns()
	top := int64(1)
	for _, c := range columns {
		top = max(top, c.alloc, c.live)
	}
	label := m.labelWidth()
	room := max(0, m.width-label)
	var out [][]span
	for r := rows - 1; r >= 0; r-- {
		var line runs
		if label > 0 {
			name := ""
			switch r {
			case rows - 1:
				name = text.Bytes(top)
			case rows / 2:
				if rows >= 5 {
					name = text.Bytes(top / int64(rows) * int64(r+1))
				}
			}
			line.add(dim, fmt.Sprintf("%*s ", label-1, name))
		}
		for i := range room {
			j := i - (room - len(columns)) // the newest is at the right edge
			if j < 0 {
				line.add("", " ")
				continue
			}
			c := &columns[j]
			cell := level(c.alloc, top, rows, r)
			switch {
			case c.live > 0 && min(rows-1, int(float64(c.live)/float64(top)*float64(rows))) == r:
				line.add(cyan, "━")
			case cell > 0 && c.live > 0 && c.live >= top/int64(rows)*int64(r+1):
				line.add("", string(eighths[cell])) // below what is live
			default:
				line.add(dim, string(eighths[cell]))
			}
		}
		out = append(out, line.spans)
	}
	return out
}

// level is how much of the cell in row r a bar fills, in eighths. A bar that is
// not nothing is seen.
func level(v, top int64, rows, r int) int {
	if v <= 0 || top <= 0 {
		return 0
	}
	full := int(float64(v)/float64(top)*float64(rows*8) + 0.5)
	return min(8, max(0, max(1, full)-r*8))
}

// rows are the figures that have a line each.
func (m *memoryModel) rows() [][]span {
	columns := m.columns()
	label := m.labelWidth()
	room := max(0, m.width-label)
	row := func(key string, cell func(c *column) (string, string)) []span {
		var line runs
		if label > 0 {
			name := m.say(key)
			line.add(dim, strings.Repeat(" ", max(0, label-1-report.Width(name)))+name+" ")
		}
		line.add("", strings.Repeat(" ", max(0, room-len(columns))))
		for i := range columns {
			style, s := cell(&columns[i])
			line.add(style, s)
		}
		return line.spans
	}
	spark := func(of func(c *column) int64) func(c *column) (string, string) {
		top := int64(1)
		for i := range columns {
			top = max(top, of(&columns[i]))
		}
		return func(c *column) (string, string) { return "", string(eighths[level(of(c), top, 1, 0)]) }
	}
	out := [][]span{
		row("memory.row.gc", func(c *column) (string, string) {
			if c.collected {
				return cyan, "╵"
			}
			return "", " "
		}),
		row("memory.row.rss", spark(func(c *column) int64 { return c.rss })),
		row("memory.row.goroutines", spark(func(c *column) int64 { return c.goroutines })),
	}
	if n := m.perColumn(); len(m.samples) >= 2 {
		took := (m.samples[len(m.samples)-1].At - m.samples[0].At) / time.Duration(len(m.samples)-1) * time.Duration(n)
		out = append(out, []span{{dim, strings.Repeat(" ", label) + m.say("memory.column", text.Duration(took.Round(100*time.Millisecond)))}})
	}
	return out
}

// helpLines are the keys, and what the chart shows.
func (m *memoryModel) helpLines() [][]span {
	out := [][]span{{{bold, m.say("live.help")}}}
	for _, l := range strings.Split(m.say("memory.help.keys"), "\n") {
		out = append(out, []span{{"", l}})
	}
	out = append(out, nil, []span{{bold, m.say("live.help.chart")}})
	for _, l := range strings.Split(m.say("memory.help.chart"), "\n") {
		out = append(out, []span{{"", l}})
	}
	return out
}
