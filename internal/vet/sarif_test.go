package vet

import (
	"testing"

	"github.com/gomedic/gomedic/internal/report"
)

// The SARIF of real findings follows the schema of SARIF 2.1.0, has the way of
// each finding as its code flow, and names files relative to the module.
func TestSARIF(t *testing.T) {
	t.Setenv("GOWORK", "off")
	t.Setenv("GOFLAGS", "-mod=mod")
	r, err := Run(t.Context(), Options{Dir: "testdata/cases", Patterns: []string{"./found/interface-call", "./found/mutex-held", "./found/glfw-late"}})
	if err != nil {
		t.Fatal(err)
	}
	s := asSARIF(r, "0.0.0")
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	results := s.Runs[0].Results
	if len(results) != len(r.Findings) || len(results) < 3 {
		t.Fatalf("%d results of %d findings", len(results), len(r.Findings))
	}
	for i, x := range results {
		if len(x.CodeFlows) != 1 || len(x.CodeFlows[0].ThreadFlows[0].Locations) != len(r.Findings[i].Chain) {
			t.Errorf("%s: its way is not there", *x.RuleID)
		}
		if uri := *x.Locations[0].PhysicalLocation.ArtifactLocation.URI; uri != r.Findings[i].Where.File {
			t.Errorf("%s: in %s", *x.RuleID, uri)
		}
	}
}

// An empty report is one without results, not one without a run.
func TestSARIFOfNothing(t *testing.T) {
	s := asSARIF(&report.Report{}, "0.0.0")
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	if len(s.Runs) != 1 || s.Runs[0].Results == nil {
		t.Error("a code host wants a run with an empty list of results")
	}
}
