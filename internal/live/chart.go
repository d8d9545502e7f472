package live

import (
	"fmt"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// bar is one column of the chart: a frame, or the slowest of several.
type bar struct {
	took   time.Duration
	late   bool
	style  string
	letter string
	rested bool // nothing to draw before it: a gap
}

const defaultOver = 25 * time.Millisecond // where it is not known yet

// bars returns the last frames as at most n columns.
func (m *model) bars(own []evidence.FrameTime, n int) []bar {
	if n <= 0 {
		return nil
	}
	own = own[max(0, len(own)-n*m.zoom):]
	var out []bar
	for i := 0; i < len(own); {
		// By the frames' numbers, so that a frame stays with its neighbours.
		end := i + 1
		for end < len(own) && own[end].N/m.zoom == own[i].N/m.zoom {
			end++
		}
		group := own[i:end]
		i = end
		worst, rested := 0, false
		for j := range group {
			if group[j].End-group[j].Start > group[worst].End-group[worst].Start {
				worst = j
			}
			rested = rested || report.Rested(&group[j], m.period)
		}
		t := &group[worst]
		if rested && len(out) > 0 {
			out = append(out, bar{rested: true})
		}
		b := bar{took: t.End - t.Start, late: t.Late, style: dim}
		if t.Late {
			b.style, b.letter = bold, "?"
			if c, ok := m.causes[keyOf(t)]; ok {
				b.style, b.letter = report.CauseStyle(c), report.CauseLetter(c)
			}
		}
		out = append(out, b)
	}
	return out[max(0, len(out)-n):]
}

var eighths = []rune(" ▁▂▃▄▅▆▇█")

// chart draws the frames in rows lines and a line of letters: a bar for each, and
// lines at the period and at the limit of what is late. A bar that is higher than
// the chart ends in a triangle.
func (m *model) chart(own []evidence.FrameTime, width, rows int) [][]span {
	over := m.over
	if over <= 0 {
		over = defaultOver
	}
	label := 0
	if width >= 50 {
		label = 8
	}
	bars := m.bars(own, width-label)
	top := 2 * over
	for _, b := range bars {
		top = max(top, min(b.took, 4*over))
	}
	row := func(d time.Duration) int { return int(float64(d) / float64(top) * float64(rows)) } // from below
	overRow, periodRow := row(over), -1
	if m.period > 0 && m.period < top && row(m.period) != overRow {
		periodRow = row(m.period)
	}
	var out [][]span
	for r := rows - 1; r >= 0; r-- {
		var line runs
		name, rule, ruleStyle := "", ' ', ""
		switch r {
		case overRow:
			name, rule, ruleStyle = shortTime(over), '╌', yellow
		case periodRow:
			name, rule, ruleStyle = shortTime(m.period), '┈', dim
		case rows - 1:
			name = shortTime(top)
		}
		if label > 0 {
			line.add(dim, fmt.Sprintf("%*s ", label-1, name))
		}
		for i := range width - label {
			j := i - (width - label - len(bars)) // the newest is at the right edge
			if j < 0 {
				line.add(ruleStyle, string(rule))
				continue
			}
			b := bars[j]
			cell := eighth(b.took, top, rows, r)
			switch {
			case b.rested && r == 0:
				line.add(dim, "·")
			case cell > 0 && r == rows-1 && b.took > top:
				line.add(b.style, "▲")
			case cell > 0:
				line.add(b.style, string(eighths[cell]))
			default:
				line.add(ruleStyle, string(rule))
			}
		}
		out = append(out, line.spans)
	}
	var letters runs
	letters.add("", strings.Repeat(" ", width-len(bars)))
	for _, b := range bars {
		if b.letter != "" {
			letters.add(b.style, b.letter)
		} else {
			letters.add("", " ")
		}
	}
	return append(out, letters.spans)
}

// eighth is how much of the cell in row r a bar fills, in eighths. A bar that is
// not nothing is seen.
func eighth(took, top time.Duration, rows, r int) int {
	if took <= 0 {
		return 0
	}
	full := int(float64(took)/float64(top)*float64(rows*8) + 0.5)
	return min(8, max(0, max(1, full)-r*8))
}

// shortTime is a time on the axis: "25 ms".
func shortTime(d time.Duration) string {
	if d >= 999500*time.Microsecond {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f ms", float64(d)/1e6)
}

// runs joins neighbours of one style.
type runs struct{ spans []span }

func (r *runs) add(style, text string) {
	if n := len(r.spans); n > 0 && r.spans[n-1].style == style {
		r.spans[n-1].text += text
		return
	}
	r.spans = append(r.spans, span{style, text})
}
