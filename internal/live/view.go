package live

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// View draws the whole screen.
func (m *model) View() tea.View {
	v := tea.NewView(m.draw())
	v.AltScreen = true
	return v
}

// draw returns the screen: as many lines as it is high, none wider than it is.
func (m *model) draw() string {
	var body [][]span
	var keys string
	switch m.screen {
	case detail:
		body, keys = m.detail(), "live.keys.detail"
	case help:
		body, keys = m.help(), "live.keys.help"
	default:
		body, keys = m.overview(), "live.keys"
	}
	if report.Width(m.say(keys)) > m.width {
		keys = "live.keys.short"
	}
	room := max(0, m.height-2) // title and keys
	if m.screen != overview {
		m.scroll = max(0, min(m.scroll, len(body)-room))
		body = body[m.scroll:]
	}
	if len(body) > room {
		body = body[:room]
	}
	for len(body) < room {
		body = append(body, nil)
	}
	lines := append(append([][]span{m.title()}, body...), []span{{dim, m.say(keys)}})
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimRight(paint(l, m.width, m.o.Color), " ")
	}
	return strings.Join(out[:min(len(out), max(1, m.height))], "\n")
}

func (m *model) say(key string, args ...any) string { return text.T(key, args...).In(m.o.Lang) }

func (m *model) title() []span {
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

// overview is figures, chart, causes and the late frames.
func (m *model) overview() [][]span {
	own := m.own()
	fig := m.figures(own)
	out := m.figureLines(own, &fig)
	rest := m.height - 2 - len(out)
	rows := min(12, max(3, rest*45/100))
	if m.height >= 20 {
		out = append(out, nil)
	}
	out = append(out, m.chart(own, m.width, rows)...)
	if line := m.causeLine(); line != nil && m.height >= 18 {
		out = append(out, line)
	}
	if m.height >= 22 {
		out = append(out, nil)
	}
	return append(out, m.list(m.height-2-len(out))...)
}

// figureLines are the rates, the times and the parts; what is idle is just that.
func (m *model) figureLines(own []evidence.FrameTime, fig *report.Figures) [][]span {
	var first []span
	if len(m.goroutines) > 1 {
		first = append(first, span{dim, m.say("live.goroutine", m.goroutine(), m.shown+1, len(m.goroutines)) + "  "})
	}
	switch {
	case m.underWay > 0:
		first = append(first, span{yellow, m.say("frames.underway", text.Duration(m.underWay))})
	case m.idle(own):
		first = append(first, span{green, m.say("frames.idle")})
		if len(own) > 0 {
			first = append(first, span{dim, " · " + m.say("live.idle.since", text.Duration((m.at-own[len(own)-1].End).Truncate(100*time.Millisecond)))})
		}
	case len(own) == 0:
		first = append(first, span{dim, m.say("live.no-frames")})
	default:
		first = append(first, m.rates(fig)...)
	}
	out := [][]span{first}
	if fig.Frames == 0 {
		return out
	}
	times := []span{{"", strings.Join(fig.Times(m.o.Lang), " · ")}}
	if m.over > 0 && m.width >= 70 {
		times = append(times, span{dim, " · " + m.say("frames.over", text.Duration(m.over))})
	}
	out = append(out, times)
	if parts := fig.PartTimes(m.o.Lang); len(parts) > 0 && m.height >= 18 {
		out = append(out, []span{{dim, strings.Join(parts, " · ")}})
	}
	return out
}

// rates are the first figures, the frame rate first and late frames in a colour
// if there are any.
func (m *model) rates(fig *report.Figures) []span {
	var out []span
	for i, s := range fig.Rates(m.o.Lang) {
		if i > 0 {
			out = append(out, span{dim, " · "})
		}
		style := ""
		switch {
		case i == 0 && fig.FPS > 0:
			style = bold
		case fig.Late > 0 && s == text.Plural("frames.late", fig.Frames, fig.Late).In(m.o.Lang):
			style = yellow
		}
		out = append(out, span{style, s})
	}
	return out
}

// causeLine is what the time of the late frames was spent on.
func (m *model) causeLine() []span {
	var late []evidence.LateFrame
	for i := range m.late {
		late = append(late, m.late[i].LateFrame)
	}
	all := report.CauseShares(late)
	if len(all) == 0 {
		return nil
	}
	out := []span{{dim, m.say("live.causes") + " "}}
	for i, c := range all {
		if i > 0 {
			out = append(out, span{"", "  "})
		}
		out = append(out, span{report.CauseStyle(c.Cause), report.CauseLetter(c.Cause) + " " + report.CauseName(c.Cause, m.o.Lang)}, span{"", " " + text.Percent(c.Share)})
	}
	return out
}

// list is the late frames, the newest first, in at most rows lines.
func (m *model) list(rows int) [][]span {
	if len(m.late) == 0 {
		if len(m.frames) == 0 {
			return nil
		}
		return [][]span{{{dim, m.say("live.none-late")}}}
	}
	out := [][]span{{{bold, text.Plural("live.late", len(m.late)).In(m.o.Lang)}}}
	rows--
	if rows <= 0 {
		return nil
	}
	selected := m.selection()
	first := len(m.late) - 1 // the line at the top
	if below := first - selected - rows + 1; below > 0 {
		first -= below
	}
	for i := first; i >= 0 && i > first-rows; i-- {
		out = append(out, m.listLine(&m.late[i], i == selected))
	}
	return out
}

func (m *model) listLine(l *lateFrame, selected bool) []span {
	mark, style := "  ", ""
	if selected {
		mark, style = "▸ ", bold
	}
	line := []span{{style, mark}}
	if m.width >= 60 {
		line = append(line, span{dim, pad(l.line.Number, 6) + " " + pad(l.line.At, 9) + " "})
	}
	line = append(line, span{style, pad(l.line.Took, 8) + " "}, span{l.line.Style, l.line.Letter + " " + l.line.Cause}, span{"", " " + l.line.Share})
	if l.line.Where != "" {
		line = append(line, span{"", "  "}, span{cyan, l.line.Where}, span{style, "  " + l.line.Function})
	}
	return line
}

// detail is one late frame: where its time went, its parts, the frames before,
// and the stacks.
func (m *model) detail() [][]span {
	i := m.selection()
	if i < 0 {
		return nil
	}
	l := &m.late[i]
	took := l.End - l.Start
	head := []span{{bold, m.say("live.frame", l.N, text.Duration(took))}, {dim, "  " + m.say("live.frame.at", report.Seconds(l.Start))}}
	if l.Undrawn {
		head = append(head, span{dim, "  " + m.say("live.undrawn")})
	}
	out := [][]span{head}
	if fig := (report.Figures{Parts: l.Parts}); len(l.Parts) > 0 {
		out = append(out, []span{{dim, strings.Join(fig.PartTimes(m.o.Lang), " · ")}})
	}
	out = append(out, nil)
	for j := range l.shares {
		out = append(out, m.shareLine(&l.shares[j], took))
	}
	if len(l.Before) > 0 {
		before := []span{{dim, m.say("live.before") + " "}}
		for k := range l.Before {
			t := &l.Before[k]
			style := ""
			if t.Late {
				style = yellow
			}
			before = append(before, span{style, " " + shortTime(t.End-t.Start)})
		}
		out = append(out, nil, before)
	}
	for j := range l.shares {
		out = append(out, m.stackLines(&l.shares[j])...)
	}
	return out
}

func (m *model) shareLine(s *share, took time.Duration) []span {
	const widest = 20
	part := 0.0
	if took > 0 {
		part = float64(s.Took) / float64(took)
	}
	n := min(widest, max(0, int(part*widest+0.5)))
	line := []span{{report.CauseStyle(s.Cause), report.CauseLetter(s.Cause) + " " + strings.Repeat("█", n)}, {dim, strings.Repeat("░", widest-n)},
		{"", fmt.Sprintf(" %5s  %s  ", text.Percent(part), text.Duration(s.Took).In(m.o.Lang))}, {bold, report.CauseName(s.Cause, m.o.Lang)}}
	if s.has {
		line = append(line, span{"", "  "}, span{cyan, s.where.At()}, span{"", "  " + s.where.Short()})
	}
	return line
}

// stackLines is a share's stack, the user's line marked.
func (m *model) stackLines(s *share) [][]span {
	if len(s.stack) == 0 {
		return nil
	}
	out := [][]span{nil, {{report.CauseStyle(s.Cause), report.CauseLetter(s.Cause) + " " + report.CauseName(s.Cause, m.o.Lang)}, {dim, "  " + text.Plural("live.samples", s.Samples).In(m.o.Lang)}}}
	for _, c := range s.stack {
		mark, style := "  ", dim
		switch {
		case c.Marks:
			mark, style = "▸ ", reverse
		case c.Yours:
			style = bold
		}
		out = append(out, []span{{"", mark}, {style, c.Short()}, {"", "  "}, {cyan, c.At()}})
	}
	return out
}

// help is the keys, and what the letters mean.
func (m *model) help() [][]span {
	out := [][]span{{{bold, m.say("live.help")}}}
	for _, l := range strings.Split(m.say("live.help.keys"), "\n") {
		out = append(out, []span{{"", l}})
	}
	out = append(out, nil, []span{{bold, m.say("live.help.chart")}})
	for _, l := range strings.Split(m.say("live.help.bars"), "\n") {
		out = append(out, []span{{"", l}})
	}
	out = append(out, nil, []span{{bold, m.say("live.help.letters")}})
	for _, c := range report.Causes() {
		out = append(out, []span{{report.CauseStyle(c), "  " + report.CauseLetter(c)}, {"", "  " + report.CauseName(c, m.o.Lang)}})
	}
	return out
}
