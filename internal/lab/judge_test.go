package lab

import (
	"testing"

	"github.com/gomedic/gomedic/internal/report"
)

func place(function string) *report.Place {
	if function == "" {
		return nil
	}
	return &report.Place{Function: function}
}

func finding(severity report.Severity, id, where, blocker string, chain ...string) report.Finding {
	f := report.Finding{ID: id, Severity: severity, Where: place(where), Blocker: place(blocker)}
	for _, function := range chain {
		f.Chain = append(f.Chain, report.Link{Place: report.Place{Function: function}})
	}
	return f
}

func TestJudge(t *testing.T) {
	mutex := Fault{Name: "mutex", ID: []string{"ui-blocked/mutex"}, Where: []string{"main.read"}, Blocker: []string{"main.write"}}
	chained := mutex
	chained.Chain = []string{"main.write", "main.flush"}
	forgotten := Fault{Name: "forgotten", ID: []string{"ui-blocked/mutex"}, Where: []string{"main.read"}, NoBlocker: true}
	starved := Fault{Name: "starved", ID: []string{"ui-starved/scheduler"}}
	waits := Fault{Name: "double-wait", ID: []string{"ui-stalled/vsync", "ui-blocked/sleep"}, Where: []string{"main.limit"}}
	healthy := Fault{Name: "healthy", Healthy: true}
	right := finding(report.P0, "ui-blocked/mutex", "main.read", "main.write", "main.read", "main.write", "main.flush")

	itself := right
	itself.Where = &report.Place{Function: "main.read", Goroutine: 1}
	itself.Blocker = &report.Place{Function: "main.write", Goroutine: 1}

	for _, test := range []struct {
		name                  string
		fault                 Fault
		findings              []report.Finding
		found, place, blocker Mark
		wrong                 int
	}{
		{"all right", mutex, []report.Finding{right}, Yes, Yes, Yes, 0},
		{"nothing found", mutex, nil, No, No, No, 0},
		{"another id", mutex, []report.Finding{finding(report.P0, "ui-blocked/cond", "main.read", "main.write")}, No, No, No, 1},
		{"info does not count", mutex, []report.Finding{finding(report.Info, "ui-blocked/mutex", "main.read", "main.write")}, No, No, No, 0},
		{"another place", mutex, []report.Finding{finding(report.P0, "ui-blocked/mutex", "main.loop", "main.write")}, Yes, No, Yes, 0},
		{"another blocker", mutex, []report.Finding{finding(report.P0, "ui-blocked/mutex", "main.read", "main.idle")}, Yes, Yes, No, 0},
		{"it blames itself", mutex, []report.Finding{itself}, Yes, Yes, No, 0},
		{"no blocker", mutex, []report.Finding{finding(report.P0, "ui-blocked/mutex", "main.read", "")}, Yes, Yes, No, 0},
		{"a second, wrong finding", mutex, []report.Finding{right, finding(report.P1, "ui-busy/cpu", "main.draw", "")}, Yes, Yes, Yes, 1},
		{"a second one of P2", mutex, []report.Finding{right, finding(report.P2, "ui-thread/risky-call", "main.draw", "")}, Yes, Yes, Yes, 0},
		{"the right place is not the first", mutex, []report.Finding{finding(report.P0, "ui-blocked/mutex", "main.x", ""), right}, Yes, Yes, Yes, 1},
		{"the chain is whole", chained, []report.Finding{right}, Yes, Yes, Yes, 0},
		{"the chain is short", chained, []report.Finding{finding(report.P0, "ui-blocked/mutex", "main.read", "main.write", "main.read", "main.write")}, Yes, Yes, No, 0},
		{"nobody is blamed", forgotten, []report.Finding{finding(report.P0, "ui-blocked/mutex", "main.read", "")}, Yes, Yes, Yes, 0},
		{"somebody is blamed", forgotten, []report.Finding{finding(report.P0, "ui-blocked/mutex", "main.read", "main.other")}, Yes, Yes, No, 0},
		{"only the id is judged", starved, []report.Finding{finding(report.P1, "ui-starved/scheduler", "", "")}, Yes, NotJudged, NotJudged, 0},
		{"both of two accepted ids", waits, []report.Finding{finding(report.P1, "ui-stalled/vsync", "main.limit", ""), finding(report.P1, "ui-blocked/sleep", "main.limit", "")}, Yes, Yes, NotJudged, 0},
		{"the second accepted id elsewhere", waits, []report.Finding{finding(report.P1, "ui-stalled/vsync", "main.limit", ""), finding(report.P1, "ui-blocked/sleep", "main.loop", "")}, Yes, Yes, NotJudged, 1},
		{"late frames of P2", waits, []report.Finding{finding(report.P2, "ui-stalled/vsync", "main.limit", "")}, Yes, Yes, NotJudged, 0},
		{"healthy and quiet", healthy, nil, Yes, NotJudged, NotJudged, 0},
		{"healthy and P2", healthy, []report.Finding{finding(report.P2, "ui-busy/cpu", "main.x", "")}, Yes, NotJudged, NotJudged, 0},
		{"healthy and blamed", healthy, []report.Finding{finding(report.P1, "ui-busy/cpu", "main.x", "")}, No, NotJudged, NotJudged, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := Judge(Run{test.fault, Plain, Ordinary}, &report.Report{Findings: test.findings})
			if o.Found != test.found || o.Place != test.place || o.Blocker != test.blocker || len(o.False) != test.wrong {
				t.Errorf("found %s, place %s, blocker %s, false %q; want %s, %s, %s and %d false",
					o.Found, o.Place, o.Blocker, o.False, test.found, test.place, test.blocker, test.wrong)
			}
			if missed := o.Found == No || o.Place == No || o.Blocker == No; missed && o.Note == "" && !o.Healthy {
				t.Error("a miss has no note that says what was wrong")
			}
		})
	}
}

func TestJudgeSumsPauses(t *testing.T) {
	o := Judge(Run{}, &report.Report{Probes: []report.Probe{{StoppedMS: 1.5, MaxStopMS: 1}, {StoppedMS: 2, MaxStopMS: 0.5}}})
	if o.StoppedMS != 3.5 || o.LongestStopMS != 1 {
		t.Errorf("stopped %v ms, longest %v ms; want 3.5 and 1", o.StoppedMS, o.LongestStopMS)
	}
}

func TestPlanOfWhatNeedsProbes(t *testing.T) {
	faults := []Fault{{Name: "a"}, {Name: "b", Probes: true}, {Name: "c"}}
	for _, r := range Plan(faults, false, true) {
		if r.Fault.Probes && r.User != Root {
			t.Errorf("%s as %s", r.Fault.Name, r.User)
		}
	}
	for _, r := range Plan(faults, false, false) {
		if r.Fault.Probes {
			t.Errorf("%s, without root", r.Fault.Name)
		}
	}
}

func TestPlan(t *testing.T) {
	var faults []Fault
	for i := range 8 {
		faults = append(faults, Fault{Name: string(rune('a' + i)), Short: i%2 == 0})
	}
	count := func(runs []Run) (plain, stripped, ordinary int, names map[string]bool) {
		names = make(map[string]bool)
		for _, r := range runs {
			if r.Build == Plain {
				plain++
			} else {
				stripped++
			}
			if r.User == Ordinary {
				ordinary++
			}
			names[r.Fault.Name] = true
		}
		return plain, stripped, ordinary, names
	}
	for _, test := range []struct {
		name                      string
		short, root               bool
		plain, stripped, ordinary int
		names                     int
	}{
		{"full as root", false, true, 8, 4, 6, 8},
		{"full as an ordinary user", false, false, 8, 4, 12, 8},
		{"short as root", true, true, 2, 2, 2, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			plain, stripped, ordinary, names := count(Plan(faults, test.short, test.root))
			if plain != test.plain || stripped != test.stripped || ordinary != test.ordinary || len(names) != test.names {
				t.Errorf("%d plain, %d stripped, %d ordinary, %d faults; want %d, %d, %d, %d",
					plain, stripped, ordinary, len(names), test.plain, test.stripped, test.ordinary, test.names)
			}
		})
	}
}
