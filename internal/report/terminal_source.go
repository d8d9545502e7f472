package report

import (
	"io"
	"strings"

	"github.com/gomedic/gomedic/internal/text"
)

// WriteSource writes a report on source code for a person: the findings grouped by
// id, each with its place, the way from the callback drawn, and one line that
// says what to change. The error is the writer's.
func WriteSource(w io.Writer, r *Report, o Options) error {
	if o.Lang == "" {
		o.Lang = text.English
	}
	t := &terminal{page: page{w: w, width: o.Width, color: o.Color}, o: o, r: r}
	if o.Quiet {
		t.quiet()
		return t.page.err
	}
	t.head()
	for _, id := range sourceIDs(r.Findings) {
		t.sourceGroup(id)
	}
	if len(r.Findings) == 0 {
		t.page.line(span{styleGreen, "✓ "}, plain("  "), span{styleGreen, t.say("vet.clean")})
	} else {
		t.page.line(span{}, plain("  "), span{styleBold, text.Plural("vet.count", len(r.Findings)).In(o.Lang)},
			span{styleDim, " · " + t.say("report.explain", r.Findings[0].ID)})
	}
	t.limits()
	return t.page.err
}

// sourceIDs are the ids of the findings, in their order.
func sourceIDs(all []Finding) []string {
	var ids []string
	for i := range all {
		if i == 0 || all[i].ID != all[i-1].ID {
			known := false
			for _, id := range ids {
				known = known || id == all[i].ID
			}
			if !known {
				ids = append(ids, all[i].ID)
			}
		}
	}
	return ids
}

// sourceGroup writes all findings of one id; the remedies that all of them share
// once, at the end.
func (t *terminal) sourceGroup(id string) {
	var group []*Finding
	for i := range t.r.Findings {
		if f := &t.r.Findings[i]; f.ID == id {
			group = append(group, f)
		}
	}
	t.page.line(span{}, plain("  "), span{styleBold, t.say("vet.group", t.say("vet.family."+id), len(group))},
		span{styleDim, "  " + id})
	t.page.blank()
	for _, f := range group {
		st := severityStyle[f.Severity]
		badge := "[" + string(f.Severity) + "]"
		if t.o.Color {
			badge = " " + string(f.Severity) + " "
		}
		pad := strings.Repeat(" ", max(1, len(indent)-width(badge)))
		t.page.line(span{st, badge}, plain(indent), span{"", pad}, span{styleCyan, fileLine(f.Where)},
			plain("  "), span{styleBold, f.Title.In(t.o.Lang)})
		if len(f.Chain) > 0 {
			t.chain(f, indent)
		}
		why := f.Why
		if !t.o.Verbose && len(f.Chain) > 0 && len(why) > 1 {
			why = why[:1] // the rest says what the chain shows
		}
		for _, s := range why {
			t.page.line(plain(indent), plain(indent+"  "), span{styleDim, s.In(t.o.Lang)})
		}
		if n := len(f.Remedy); n > 0 {
			t.page.line(plain(indent+"→ "), plain(indent+"  "), plain(f.Remedy[n-1].In(t.o.Lang)))
		}
		t.page.blank()
	}
}
