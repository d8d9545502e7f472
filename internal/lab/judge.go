package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/report"
)

// Mark is one judged question of a run.
type Mark string

// The marks.
const (
	Yes       Mark = "yes"
	No        Mark = "no"
	NotJudged Mark = "-"
)

// Outcome is what came of one run.
type Outcome struct {
	Name    string `json:"name"`
	Toolkit string `json:"toolkit,omitempty"`
	Build   Build  `json:"build"`
	User    User   `json:"user"`
	Healthy bool   `json:"healthy,omitempty"`
	Leak    bool   `json:"leak,omitempty"` // gomedic leak, or native, was run

	ID      string   `json:"id,omitempty"` // of the finding that was compared: the right one, else the worst
	Found   Mark     `json:"found"`        // the right id; on a healthy program: no P0 or P1, of leaks nothing above info
	Place   Mark     `json:"place"`
	Blocker Mark     `json:"blocker"`
	Chain   Mark     `json:"chain,omitempty"` // of a leak: from the right root, through the right names, to the right type
	False   []string `json:"false,omitempty"` // findings that must not be: "id function"
	Note    string   `json:"note,omitempty"`  // what was wrong, in one line; or why the run failed

	TookMS        float64 `json:"took_ms"`                   // from the start of gomedic to its end
	StoppedMS     float64 `json:"stopped_ms"`                // pause that gomedic caused, by its own measure
	LongestStopMS float64 `json:"longest_stop_ms,omitempty"` // the longest one
}

// newOutcome returns the outcome of a run of which nothing is known yet.
func newOutcome(run Run) Outcome {
	o := Outcome{
		Name: run.Fault.Name, Toolkit: run.Fault.Toolkit, Build: run.Build, User: run.User,
		Healthy: run.Fault.Healthy, Leak: run.Fault.compared(), Found: No, Place: NotJudged, Blocker: NotJudged,
	}
	if o.Leak {
		o.Chain = NotJudged
	}
	return o
}

// failed returns the outcome of a run that gave no report. Nothing was found,
// so a place, a blocker or a chain that should have been found is missing too.
func failed(run Run, why string) Outcome {
	o := newOutcome(run)
	o.judgeAbsent(run.Fault)
	o.Note = why
	return o
}

// Judge compares a report of gomedic check with what the run's fault must give;
// [JudgeLeak] does that for gomedic leak.
func Judge(run Run, r *report.Report) Outcome {
	o := newOutcome(run)
	o.readCost(r)
	right := pick(run.Fault, r.Findings)
	for i, f := range r.Findings {
		if i != right && !another(run.Fault, r.Findings, right, f) && f.Severity.Rank() <= report.P1.Rank() {
			o.False = append(o.False, strings.TrimSpace(f.ID+" "+function(f.Where)))
		}
	}
	switch {
	case run.Fault.Healthy:
		if len(o.False) == 0 {
			o.Found = Yes
		}
	case right < 0:
		o.judgeAbsent(run.Fault)
		o.Note = fmt.Sprintf("want %s, got %s", strings.Join(run.Fault.ID, " or "), orNothing(o.ID))
	default:
		o.judgeFinding(run.Fault, &r.Findings[right])
	}
	return o
}

// readCost takes what does not depend on the fault from a report: the pauses, and
// the worst finding.
func (o *Outcome) readCost(r *report.Report) {
	for _, p := range r.Probes {
		o.StoppedMS += p.StoppedMS
		o.LongestStopMS = max(o.LongestStopMS, p.MaxStopMS)
	}
	if len(r.Findings) > 0 {
		o.ID = r.Findings[0].ID
	}
}

// pick returns the index of the finding to compare: one with an accepted id,
// at the accepted place if there are several; -1 if there is none. Findings that
// are only worth knowing do not count.
func pick(f Fault, findings []report.Finding) int {
	best := -1
	for i, finding := range findings {
		if finding.Severity == report.Info || !slices.Contains(f.ID, finding.ID) {
			continue
		}
		if best < 0 {
			best = i
		}
		if slices.Contains(f.Where, function(finding.Where)) {
			return i
		}
	}
	return best
}

// another reports whether f says as well what is right, in other words than the
// finding that is compared: it has another accepted id, at an accepted place.
func another(fault Fault, findings []report.Finding, right int, f report.Finding) bool {
	return right >= 0 && f.ID != findings[right].ID && slices.Contains(fault.ID, f.ID) &&
		(len(fault.Where) == 0 || slices.Contains(fault.Where, function(f.Where)))
}

func (o *Outcome) judgeAbsent(f Fault) {
	if len(f.Where) > 0 {
		o.Place = No
	}
	if len(f.Blocker) > 0 {
		o.Blocker = No
	}
	if f.judgesChain() {
		o.Chain = No
	}
}

func (o *Outcome) judgeFinding(f Fault, finding *report.Finding) {
	o.ID, o.Found = finding.ID, Yes
	var notes []string
	if len(f.Where) > 0 {
		got := function(finding.Where)
		if o.Place = mark(slices.Contains(f.Where, got)); o.Place == No {
			notes = append(notes, fmt.Sprintf("place: want %s, got %s", strings.Join(f.Where, " or "), orNothing(got)))
		}
	}
	got := function(finding.Blocker)
	switch {
	case f.NoBlocker:
		if o.Blocker = mark(finding.Blocker == nil); o.Blocker == No {
			notes = append(notes, "blocker: want none, got "+orNothing(got))
		}
	case len(f.Blocker) > 0:
		if o.Blocker = mark(slices.Contains(f.Blocker, got)); o.Blocker == No {
			notes = append(notes, fmt.Sprintf("blocker: want %s, got %s", strings.Join(f.Blocker, " or "), orNothing(got)))
		} else if sameGoroutine(finding.Where, finding.Blocker) {
			o.Blocker = No
			notes = append(notes, fmt.Sprintf("blocker: goroutine %d blames itself", finding.Blocker.Goroutine))
		} else if missing := missingLink(f.Chain, finding.Chain); missing != "" {
			o.Blocker = No
			notes = append(notes, "chain: "+missing+" is missing")
		}
	}
	o.Note = strings.Join(notes, "; ")
}

// missingLink returns the first function of want that the chain does not pass
// in this order; empty when it passes all.
func missingLink(want []string, chain []report.Link) string {
	i := 0
	for _, link := range chain {
		if i < len(want) && link.Function == want[i] {
			i++
		}
	}
	if i < len(want) {
		return want[i]
	}
	return ""
}

// sameGoroutine reports whether both places are known to be of one goroutine. A
// blocker that a fault names is always another goroutine.
func sameGoroutine(where, blocker *report.Place) bool {
	return where != nil && blocker != nil && where.Goroutine != 0 && where.Goroutine == blocker.Goroutine
}

func function(p *report.Place) string {
	if p == nil {
		return ""
	}
	return p.Function
}

func mark(right bool) Mark {
	if right {
		return Yes
	}
	return No
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
