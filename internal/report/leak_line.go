package report

import (
	"strings"

	"github.com/gomedic/gomedic/internal/text"
)

// mostInLine is how many links a line shows of a chain; of longer ones the middle is
// left out.
const mostInLine = 6

// ChainLine is a leak's chain in one line: "global main.orders (main.go:12) → map[string]*ui.Window → ui.Window".
func ChainLine(l *Leak, lang text.Lang) string {
	var parts []string
	for i := range l.Chain {
		w := wordsOfLink(&l.Chain[i], i == len(l.Chain)-1, lang)
		part := strings.TrimSpace(w.kind + " " + w.name)
		if w.at != "" {
			part += " (" + w.at + ")"
		}
		parts = append(parts, cut(part, 120))
	}
	if n := len(parts); n > mostInLine {
		parts = append(append(append([]string{}, parts[:mostInLine-2]...), "…"), parts[n-1])
	}
	return Clean(strings.Join(parts, " → "))
}
