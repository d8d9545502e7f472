// Command ansisvg turns what a program wrote to a terminal, from standard input,
// into an SVG picture of that terminal, on standard output. It knows the colours
// that gomedic uses (internal/report/style.go) and nothing else of terminals.
// scripts/pictures makes the README's pictures with it.
package main

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/rivo/uniseg"
)

// Measures in pixels, of a 14-pixel monospaced font.
const (
	cell    = 8.43 // width of a column
	leading = 20   // height of a line
	margin  = 18
	bar     = 30 // the window's title bar
)

const (
	background = "#1e2127"
	foreground = "#d7dae0"
)

// colours are xterm's, toned for a dark background: 30–37 as 0–7.
var colours = [8]string{"#1e2127", "#e06c75", "#8cc265", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#ffffff"}

// look is how a run of characters looks.
type look struct {
	bold, dim bool
	wide      bool // of two columns each, as Chinese is
	fg, bg    string
}

// run is a run of characters of one look, at a column.
type run struct {
	look
	text   string
	column int
	width  int
}

func main() {
	title := ""
	if len(os.Args) > 1 {
		title = os.Args[1]
	}
	lines, err := read(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "ansisvg:", err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	write(out, title, lines)
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "ansisvg:", err)
		os.Exit(1)
	}
}

var (
	sgr   = regexp.MustCompile(`\x1b\[([0-9;]*)m`)
	other = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-ln-z]`)
)

// read splits the input into lines of runs. A carriage return begins its line
// anew, as progress lines do.
func read(r io.Reader) ([][]run, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var lines [][]run
	var now look
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		line = line[strings.LastIndexByte(line, '\r')+1:]
		line = other.ReplaceAllString(line, "")
		var runs []run
		column := 0
		add := func(s string) {
			if s != "" {
				w := uniseg.StringWidth(s)
				runs = append(runs, run{now, s, column, w})
				column += w
			}
		}
		for {
			at := sgr.FindStringSubmatchIndex(line)
			if at == nil {
				break
			}
			add(line[:at[0]])
			now = now.after(line[at[2]:at[3]])
			line = line[at[1]:]
		}
		add(line)
		lines = append(lines, runs)
	}
	for len(lines) > 0 && len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	return lines, nil
}

// after returns the look that an SGR parameter list makes.
func (l look) after(parameters string) look {
	for p := range strings.SplitSeq(parameters, ";") {
		switch {
		case p == "" || p == "0":
			l = look{}
		case p == "22":
			l.bold, l.dim = false, false
		case p == "39":
			l.fg = ""
		case p == "49":
			l.bg = ""
		case p == "1":
			l.bold = true
		case p == "2":
			l.dim = true
		case len(p) == 2 && p[0] == '3' && p[1] <= '7':
			l.fg = colours[p[1]-'0']
		case len(p) == 2 && p[0] == '4' && p[1] <= '7':
			l.bg = colours[p[1]-'0']
		}
	}
	return l
}

func write(w io.Writer, title string, lines [][]run) {
	columns := 0
	for _, runs := range lines {
		for _, r := range runs {
			columns = max(columns, r.column+r.width)
		}
	}
	width := float64(columns)*cell + 2*margin
	height := len(lines)*leading + bar + margin
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace" font-size="14">`+"\n", width, height, width, height)
	fmt.Fprintf(w, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", background)
	for i, colour := range []string{"#e06c75", "#e5c07b", "#8cc265"} {
		fmt.Fprintf(w, `<circle cx="%d" cy="16" r="5.5" fill="%s"/>`+"\n", 20+18*i, colour)
	}
	fmt.Fprintf(w, `<text x="50%%" y="20" text-anchor="middle" font-size="12" fill="#8b909a">%s</text>`+"\n", html.EscapeString(title))
	for i, runs := range lines {
		y := bar + (i+1)*leading - 4
		for _, r := range runs {
			x := margin + float64(r.column)*cell
			if r.bg != "" {
				fmt.Fprintf(w, `<rect x="%.2f" y="%d" width="%.2f" height="%d" rx="2" fill="%s"/>`+"\n", x, y-15, float64(r.width)*cell, leading, r.bg)
			}
			for _, part := range parts(r) {
				fmt.Fprintf(w, `<text x="%.2f" y="%d" textLength="%.2f"%s>%s</text>`+"\n",
					margin+float64(part.column)*cell, y, float64(part.width)*cell, part.attributes(), html.EscapeString(part.text))
			}
		}
	}
	fmt.Fprintln(w, "</svg>")
}

// parts cuts a run where narrow and wide characters meet, so that each part can
// be set at its column whatever the fonts are.
func parts(r run) []run {
	var all []run
	column := r.column
	wide := false
	var text strings.Builder
	add := func() {
		s := text.String()
		text.Reset()
		width := uniseg.StringWidth(s)
		trimmed := strings.TrimLeft(s, " ")
		indent := len(s) - len(trimmed)
		if trimmed = strings.TrimRight(trimmed, " "); trimmed != "" {
			part := run{r.look, trimmed, column + indent, uniseg.StringWidth(trimmed)}
			part.wide = wide
			all = append(all, part)
		}
		column += width
	}
	for clusters := uniseg.NewGraphemes(r.text); clusters.Next(); {
		if w := clusters.Width() == 2; w != wide {
			add()
			wide = w
		}
		text.WriteString(clusters.Str())
	}
	add()
	return all
}

func (l look) attributes() string {
	fill := l.fg
	if fill == "" {
		fill = foreground
	}
	s := fmt.Sprintf(` fill="%s"`, fill)
	if l.bold {
		s += ` font-weight="bold"`
	}
	if l.wide { // nearer to two columns
		s += ` font-size="16"`
	}
	if l.dim {
		s += ` opacity="0.6"`
	}
	return s
}
