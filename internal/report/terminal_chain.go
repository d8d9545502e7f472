package report

import (
	"fmt"

	"github.com/gomedic/gomedic/internal/text"
)

// chain draws the wait-for chain the way LeakCanary draws a leak trace: one
// goroutine a line, what it waits for under it.
//
//	┬ goroutine 1 (UI) · main.(*Store).Count · store.go:51
//	│   ↓ waits for sync.Mutex 0xc000012345
//	├─ goroutine 42 · main.(*Store).Sync · store.go:88 · IO wait
//	│   ↓ waits for fyne.DoAndWait
//	╰→ back to goroutine 1: a circle, none of them can ever go on
func (t *terminal) chain(f *Finding, indent string) {
	links, back := splitCycle(f.Chain)
	if len(links) == 0 {
		return
	}
	bar := styleDim
	if back != nil {
		bar = styleRed
	}
	for i := range links {
		l := &links[i]
		first, rest := "├─ ", "│   "
		switch {
		case i == 0:
			first = "┬ "
		case i == len(links)-1 && back == nil:
			first, rest = "╰→ ", "    "
		}
		if len(links) == 1 && back == nil {
			first, rest = "╶ ", "    "
		}
		t.page.line(span{bar, indent + first}, span{bar, indent + rest}, t.link(l)...)
		if !l.Via.IsZero() {
			t.page.line(span{bar, indent + rest + "↓ "}, span{bar, indent + rest + "  "}, span{styleDim, l.Via.In(t.o.Lang)})
			continue
		}
		if l.WaitsFor.IsZero() {
			continue
		}
		spans := []span{plain(t.say("report.waits", l.WaitsFor))}
		if l.Confidence > 0 && l.Confidence < 0.9 {
			spans = append(spans, span{styleDim, " (" + text.Percent(l.Confidence) + ")"})
		}
		t.page.line(span{bar, indent + rest + "↓ "}, span{bar, indent + rest + "  "}, spans...)
	}
	if back != nil {
		t.page.line(span{bar, indent + "╰→ "}, span{bar, indent + "   "}, span{styleRed, t.say(cycleKey(links), back.Goroutine)})
	}
}

// link describes the goroutine of one link. Its state is left out where what it
// waits for says more.
func (t *terminal) link(l *Link) []span {
	p := &l.Place
	var spans []span
	add := func(st style, s string) {
		if s == "" {
			return
		}
		if len(spans) > 0 {
			spans = append(spans, span{styleDim, " · "})
		}
		spans = append(spans, span{st, s})
	}
	if p.Goroutine != 0 {
		add("", t.goroutine(p.Goroutine))
	}
	add(styleBold, shortFunction(p.Function))
	add(styleCyan, fileLine(p))
	if l.WaitsFor.IsZero() || t.o.Verbose {
		add(styleDim, p.State)
	}
	return spans
}

// splitCycle takes the closing link off a chain that ends in a cycle. A cycle
// whose last link has not been named before leads back to the first one.
func splitCycle(chain []Link) (links []Link, back *Place) {
	if len(chain) == 0 || !chain[len(chain)-1].Cycle {
		return chain, nil
	}
	last := chain[len(chain)-1]
	for _, l := range chain[:len(chain)-1] {
		if l.Goroutine == last.Goroutine {
			return chain[:len(chain)-1], &last.Place
		}
	}
	return chain, &chain[0].Place
}

// cycleKey names the sentence that closes a cycle of links.
func cycleKey(links []Link) string {
	if len(links) == 1 {
		return "report.cycle.self"
	}
	return "report.cycle"
}

func fileLine(p *Place) string {
	if p.File == "" || p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}
