package cli

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// progressLine says on standard error what is going on while it goes on: on a
// terminal only, and gone without a trace when the work is done.
type progressLine struct {
	a     *app
	name  string
	on    bool
	last  time.Time
	drawn bool
	key   string // of the stage that is shown, for work in stages
}

func (a *app) progress(name string) *progressLine {
	f, ok := a.err.(*os.File)
	return &progressLine{a: a, name: name, on: ok && !a.quiet && !a.json && term.IsTerminal(int(f.Fd()))}
}

func (p *progressLine) update(done float64, goroutines int) {
	if !p.on || time.Since(p.last) < 50*time.Millisecond {
		return
	}
	p.bar(done, p.a.say("cli.progress", p.name, goroutines))
}

// bar draws the line anew.
func (p *progressLine) bar(done float64, what string) {
	if !p.on {
		return
	}
	p.last, p.drawn = time.Now(), true
	const width = 20
	n := int(done * width)
	bar := strings.Repeat("━", n) + strings.Repeat("╌", width-n)
	fmt.Fprintf(p.a.err, "\r%s %s\x1b[K", bar, what)
}

func (p *progressLine) done() {
	if p.drawn {
		fmt.Fprint(p.a.err, "\r\x1b[K")
		p.drawn = false
	}
}
