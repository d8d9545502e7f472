package report

import (
	"fmt"
	"strings"

	"github.com/gomedic/gomedic/internal/text"
)

const (
	memoryBar    = 24 // columns
	narrowBar    = 10 // on terminals below narrowColumn
	narrowColumn = 72
	mostGrowing  = 5 // of each kind, unless asked for all
)

// memory writes the account of the resident memory, and what grew.
func (t *terminal) memory() {
	m := memoryOf(t.r, t.o.Evidence)
	if m == nil {
		return
	}
	if len(m.Parts) > 0 {
		t.page.blank()
		t.page.line(span{}, span{}, span{styleBold, t.say("memory.heading")},
			span{styleDim, "  " + strings.Join(memoryFacts(m, t.o.Lang), " · ")})
		for _, p := range m.Parts {
			if p.RSS == 0 && !t.o.Verbose {
				continue
			}
			t.memoryPart(m, &p)
		}
	}
	t.growth(m)
}

func (t *terminal) memoryPart(m *Memory, p *MemoryPart) {
	columns := memoryBar
	if t.page.width > 0 && t.page.width < narrowColumn {
		columns = narrowBar
	}
	part := m.memoryShare(p.RSS)
	_, st := memoryColour(p.Name)
	label := fmt.Sprintf(" %5s  %9s  ", text.Percent(part), text.Bytes(p.RSS))
	t.page.line(plain("  "), plain("  "),
		span{st, bar(part, columns)}, plain(label), plain(memoryName(p.Name, t.o.Lang)))
}

// bar is a share as a bar of so many columns, in eighths of one (U+2588 to
// U+258F), padded to its whole width.
func bar(share float64, columns int) string {
	eighths := int(share*float64(columns)*8 + 0.5)
	if share > 0 {
		eighths = max(eighths, 1)
	}
	eighths = min(eighths, columns*8)
	out := strings.Repeat("█", eighths/8)
	if r := eighths % 8; r > 0 {
		out += string(rune('█' + 8 - r))
	}
	// No-break spaces: the bar is one word, whatever follows.
	return out + strings.Repeat("\u00a0", columns-width(out))
}

// growth lists what grew, in as many ways as the objects were divided.
func (t *terminal) growth(m *Memory) {
	heading := false
	for _, table := range growthTables(m) {
		groups := growing(table.groups)
		if len(groups) == 0 {
			continue
		}
		if !heading {
			heading = true
			t.page.blank()
			t.page.line(span{}, span{}, span{styleBold, t.say("growth.heading")})
		}
		t.page.line(plain("  "), plain("  "), span{styleDim, t.say(table.key)})
		for i, g := range groups {
			if i == mostGrowing && !t.o.Verbose {
				break
			}
			t.page.line(plain("    "), plain("    "), t.growthSpans(g)...)
		}
	}
}

func (t *terminal) growthSpans(g *MemoryGroup) []span {
	n := len(g.Count) - 1
	count, bytes := "", ""
	if n >= 1 {
		count = fmt.Sprintf("%d → %d", g.Count[0], g.Count[n])
	}
	if k := len(g.Bytes) - 1; k >= 1 {
		bytes = text.Bytes(g.Bytes[0]) + " → " + text.Bytes(g.Bytes[k])
	}
	st := style("")
	if g.Yours {
		st = styleBold
	}
	spans := []span{{st, groupName(g)}}
	if g.Place != nil {
		spans = append(spans, span{styleCyan, "  " + fileLine(g.Place)})
	}
	return append(spans, plain("  "+count+"  "+bytes), span{styleDim, "  " + t.say("leak.rate", leakRate(g.PerSecond), text.Bytes(int64(g.BytesPerSecond)))})
}
