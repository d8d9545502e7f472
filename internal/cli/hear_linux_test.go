//go:build linux

package cli

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/report"
)

// What a program that check starts says of its driver is judged, reaches gomedic's own
// standard error, and can still be said when gomedic has ended.
func TestCheckHearsWhatItStarts(t *testing.T) {
	p := &programs{dir: t.TempDir()}
	gomedic, err := p.build("gomedic")
	if err != nil {
		t.Fatal(err)
	}
	patient, err := p.build("patient")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(gomedic, "check", "--json", "--for", "300ms", "--", patient, "driver")
	var out bytes.Buffer
	errs, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stdout = &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if _, err := said.ReadFrom(errs); err != nil { // until the program, too, has ended
		t.Fatal(err)
	}
	if err := c.Wait(); c.ProcessState.ExitCode() != 1 { // there are findings
		t.Errorf("it ended with %v\n%s", err, said.Bytes())
	}
	var r report.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out.Bytes(), said.Bytes())
	}
	if !slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.ID == "gpu/driver-error" }) {
		t.Errorf("findings %+v", r.Findings)
	}
	for _, want := range []string{"libGL error: failed to load driver: radeonsi\n", "alone\n"} {
		if strings.Count(said.String(), want) != 1 {
			t.Errorf("%q is not in standard error once:\n%s", want, said.Bytes())
		}
	}
}
