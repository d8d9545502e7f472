package report

import (
	"os"

	"golang.org/x/term"
)

// style is an SGR parameter list (ECMA-48); empty means as it is. Only the
// sixteen colours are used, so that the reader's own theme decides their tone.
type style string

const (
	styleDim    style = "2"
	styleBold   style = "1"
	styleRed    style = "1;31"
	styleYellow style = "33"
	styleGreen  style = "1;32"
	styleCyan   style = "36"
)

var severityStyle = map[Severity]style{
	P0:   "1;37;41",
	P1:   "1;30;43",
	P2:   "1;30;46",
	Info: "1;34",
}

// paint returns the span with its style where colour is wanted.
func (s span) paint(color bool) string {
	if !color || s.style == "" || s.text == "" {
		return s.text
	}
	return "\x1b[" + string(s.style) + "m" + s.text + "\x1b[0m"
}

// ColorFor reports whether output to f should be coloured: f is a terminal that
// can show colours, and NO_COLOR (https://no-color.org) is unset or empty.
func ColorFor(f *os.File) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// WidthFor returns the number of columns of the terminal f, 0 if f is none.
func WidthFor(f *os.File) int {
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}
