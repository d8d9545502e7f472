package live

import (
	"strings"

	"github.com/rivo/uniseg"
)

// span is a piece of a line in one style, an SGR parameter list.
type span struct{ style, text string }

const (
	bold    = "1"
	dim     = "2"
	cyan    = "36"
	green   = "32"
	yellow  = "33"
	reverse = "7"
)

// paint puts spans into one line of at most width columns; what does not fit is
// cut off, with an ellipsis.
func paint(spans []span, width int, color bool) string {
	total := 0
	for _, s := range spans {
		total += uniseg.StringWidth(s.text)
	}
	left, cut := width, total > width
	if cut {
		left = max(0, width-1)
	}
	var b strings.Builder
	for _, s := range spans {
		t := s.text
		if cut {
			t, left = fit(t, left)
		}
		if t == "" {
			continue
		}
		if color && s.style != "" {
			b.WriteString("\x1b[" + s.style + "m" + t + "\x1b[0m")
		} else {
			b.WriteString(t)
		}
	}
	if cut && width > 0 {
		b.WriteString("…")
	}
	return b.String()
}

// fit returns the beginning of s that takes at most width columns, and how many
// are left. Once something did not fit, nothing more does.
func fit(s string, width int) (string, int) {
	rest, used, state := s, 0, -1
	for rest != "" {
		var w int
		var next string
		_, next, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > width {
			return s[:len(s)-len(rest)], 0
		}
		used += w
		rest = next
	}
	return s, width - used
}

// pad fills s up with spaces to width columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-uniseg.StringWidth(s)))
}
