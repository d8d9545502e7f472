package report

import (
	"io"
	"regexp"
	"strings"

	"github.com/rivo/uniseg"
)

// span is a piece of a line in one style.
type span struct {
	style style
	text  string
}

func plain(s string) span { return span{text: s} }

// width returns how many terminal columns s takes; Chinese characters take two.
func width(s string) int { return uniseg.StringWidth(s) }

// breakLines cuts s into lines of at most max columns where the Unicode line
// breaking rules (UAX #14) allow it: between words, and between Chinese
// characters but not before their closing punctuation. A word that is longer
// than a line is cut between characters. max < 1 means no limit.
func breakLines(s string, max int) []string {
	if max < 1 {
		return []string{s}
	}
	var lines []string
	start, used := 0, 0 // the line begins at start and takes used columns
	cut := func(at int) {
		lines = append(lines, s[start:at])
		start, used = at, 0
	}
	for at, state := 0, -1; at < len(s); {
		segment, must := "", false
		for rest := s[at:]; ; {
			var part string
			part, rest, must, state = uniseg.FirstLineSegmentInString(rest, state)
			if segment += part; must || rest == "" || !belongs(segment, rest) {
				break
			}
		}
		word := width(strings.TrimRight(segment, " "))
		if used > 0 && used+word > max {
			cut(at)
		}
		for rest, p, gs := segment, at, -1; word > max && rest != ""; {
			var cluster string
			var w int
			cluster, rest, w, gs = uniseg.FirstGraphemeClusterInString(rest, gs)
			if used > 0 && used+w > max {
				cut(p)
			}
			used += w
			p += len(cluster)
		}
		if word <= max {
			used += width(segment)
		}
		at += len(segment)
		if must && at < len(s) {
			cut(at)
		}
	}
	return append(lines, s[start:])
}

// unit matches a unit that may follow a number and a space.
var unit = regexp.MustCompile(`^((ms|s|min|h|d|µs|B|[KMGT]iB)\b|毫秒|秒|分|小时|天|个|次)`)

// belongs reports whether a line must not end between before and after although
// Unicode allows it: in the option of a command ("kill -QUIT"), in the name of a
// method ("main.(*Store).Sync"), and between a number and its unit.
func belongs(before, after string) bool {
	if before == "-" || before == "--" || strings.HasSuffix(before, ".") && strings.HasPrefix(after, "(*") {
		return true
	}
	number := strings.TrimSuffix(before, " ")
	return number != before && number != "" && number[len(number)-1] >= '0' && number[len(number)-1] <= '9' && unit.MatchString(after)
}

// page writes lines of a bounded width, with or without colour. The first
// error of the writer is kept and everything after it is dropped.
type page struct {
	w     io.Writer
	width int // columns; 0: no limit
	color bool
	err   error
}

func (p *page) write(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, s)
	}
}

// blank writes an empty line.
func (p *page) blank() { p.write("\n") }

// line writes spans after the indent first; lines that do not fit go on under
// the indent rest.
func (p *page) line(first, rest span, spans ...span) {
	var all strings.Builder
	for i := range spans {
		spans[i].text = clean(spans[i].text)
		all.WriteString(spans[i].text)
	}
	max := 0
	if p.width > 0 {
		if max = p.width - width(first.text); max < 16 {
			max = 16
		}
	}
	indent := first
	for _, l := range breakLines(all.String(), max) {
		left := len(l)
		visible := strings.TrimRight(l, " ")
		trimmed := len(visible)
		p.write(span{indent.style, strings.TrimRight(indent.text, " ")}.paint(p.color))
		if trimmed > 0 && strings.HasSuffix(indent.text, " ") {
			p.write(trailingSpaces(indent.text))
		}
		for left > 0 {
			n := min(left, len(spans[0].text))
			piece := spans[0].text[:n]
			if n > trimmed {
				piece = piece[:trimmed]
			}
			p.write(span{spans[0].style, piece}.paint(p.color))
			trimmed -= len(piece)
			left -= n
			if spans[0].text = spans[0].text[n:]; spans[0].text == "" {
				spans = spans[1:]
			}
			for len(spans) > 0 && spans[0].text == "" {
				spans = spans[1:]
			}
		}
		p.write("\n")
		indent = rest
	}
}

func trailingSpaces(s string) string { return s[len(strings.TrimRight(s, " ")):] }
