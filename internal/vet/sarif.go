package vet

import (
	"fmt"
	"io"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/gomedic/gomedic/internal/report"
)

// levels are SARIF's words for the severities.
var levels = map[report.Severity]string{report.P0: "error", report.P1: "error", report.P2: "warning", report.Info: "note"}

// WriteSARIF writes the findings as SARIF 2.1.0, the form that code hosts take in:
// one result a finding, the way to the call as its code flow. Sentences are
// English. Files are given relative to the folder that was read (%SRCROOT%).
func WriteSARIF(w io.Writer, r *report.Report, version string) error {
	return asSARIF(r, version).PrettyWrite(w)
}

func asSARIF(r *report.Report, version string) *sarif.Report {
	out := sarif.NewReport()
	run := sarif.NewRunWithInformationURI("gomedic", "https://github.com/gomedic/gomedic")
	run.Tool.Driver.WithVersion(version)
	for _, id := range ids {
		run.AddRule(id).WithName(id).WithDescription(ruleText[id]).
			WithHelpURI("https://github.com/gomedic/gomedic/blob/main/docs/findings/" + page(id))
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		result := run.CreateResultForRule(f.ID).WithLevel(levels[f.Severity]).
			WithMessage(sarif.NewTextMessage(message(f))).
			AddLocation(locationOf(f.Where, ""))
		// Lines move; the function and the title do not.
		result.WithPartialFingerprints(map[string]string{"gomedic/v1": fmt.Sprintf("%s %s %s", f.ID, f.Where.Function, f.Title.String())})
		if len(f.Chain) > 0 {
			flow := sarif.NewThreadFlow()
			for j := range f.Chain {
				l := &f.Chain[j]
				flow.AddLocation(sarif.NewThreadFlowLocation().WithLocation(locationOf(&l.Place, l.Function+" "+l.Via.String())))
			}
			result.AddCodeFlow(sarif.NewCodeFlow().AddThreadFlow(flow))
		}
	}
	return out.AddRun(run)
}

// ruleText says what a rule finds, for the list of rules.
var ruleText = map[string]string{
	idRisky:    "The UI goroutine makes calls that block sooner or later.",
	idForeign:  "Another goroutine calls UI functions that only the UI goroutine may call.",
	idUnlocked: "The UI loop does not run on the thread it must.",
	idLeftover: "A component starts what its generation does not end.",
}

func page(id string) string {
	b := []byte(id + ".md")
	for i := range b {
		if b[i] == '/' {
			b[i] = '-'
		}
	}
	return string(b)
}

// message is a finding in one paragraph: title, why, what to change.
func message(f *report.Finding) string {
	s := f.Title.String()
	for _, w := range f.Why {
		s += "; " + w.String()
	}
	if n := len(f.Remedy); n > 0 {
		s += ". " + f.Remedy[n-1].String()
	}
	return s + "."
}

func locationOf(p *report.Place, say string) *sarif.Location {
	l := sarif.NewLocationWithPhysicalLocation(sarif.NewPhysicalLocation().
		WithArtifactLocation(sarif.NewArtifactLocation().WithURI(p.File).WithURIBaseID("%SRCROOT%")).
		WithRegion(sarif.NewRegion().WithStartLine(max(1, p.Line))))
	if say != "" {
		l.WithMessage(sarif.NewTextMessage(say))
	}
	return l
}
