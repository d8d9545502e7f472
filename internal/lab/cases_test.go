package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// The cases that are written down in files can be read, and are as many as promised.
func TestWrittenCases(t *testing.T) {
	for folder, c := range map[string]struct {
		steps         map[string]int
		sick, healthy int
	}{"driver": {driverSteps, 12, 5}, "safe": {safeSteps, 8, 5}} {
		all, err := readCases(filepath.Join("..", "..", "lab", folder), "", c.steps)
		if err != nil {
			t.Fatal(err)
		}
		sick, healthy := 0, 0
		for _, one := range all {
			if one.Illness == "" {
				t.Errorf("%s/%s does not say what is wrong", folder, one.Name)
			}
			if one.Healthy {
				healthy++
			} else {
				sick++
			}
		}
		if sick < c.sick || healthy < c.healthy {
			t.Errorf("%s: %d sick and %d healthy cases, want %d and %d", folder, sick, healthy, c.sick, c.healthy)
		}
	}
}

func TestAStepThatIsNone(t *testing.T) {
	dir := t.TempDir()
	for _, s := range []string{"# x\nfinding gpu/driver-error\n", "# x\nnonsense\n"} {
		if err := os.WriteFile(filepath.Join(dir, "a.txtar"), []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readCases(dir, "", driverSteps); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}

func TestALogIsFilled(t *testing.T) {
	if !supported {
		t.Skip("there are no processes to be read")
	}
	b, err := fillLog([]byte("{boot+1} {us} {real-1} {syslog+2} {ctime} {iso} {pid} {tid} {comm} {other}"), os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if s := string(b); strings.Count(s, "{") != 1 || !strings.HasSuffix(s, "{other}") {
		t.Errorf("%s", s)
	}
}

// A case fails where the finding lacks, is of another severity, or another one comes.
func TestADriverCaseIsJudged(t *testing.T) {
	found := report.Finding{ID: "gpu/driver-error", Severity: report.P1, Title: text.Literal("the GPU hung")}
	for _, c := range []struct {
		steps    [][]string
		findings []report.Finding
		passed   bool
	}{
		{[][]string{{"finding", "gpu/driver-error", "P1"}, {"says", "GPU hung"}}, []report.Finding{found}, true},
		{[][]string{{"finding", "gpu/driver-error", "P0"}}, []report.Finding{found}, false},
		{[][]string{{"finding", "gpu/driver-error", "P1"}, {"says", "lost"}}, []report.Finding{found}, false},
		{[][]string{{"finding", "gpu/driver-error", "P1"}}, nil, false},
		{[][]string{{"healthy"}}, []report.Finding{found}, false},
		{[][]string{{"healthy"}}, []report.Finding{{ID: "gpu/driver-error", Severity: report.Info}}, true},
	} {
		one := &Case{steps: c.steps}
		one.judgeDriver(&report.Report{Findings: c.findings})
		if one.Passed != c.passed {
			t.Errorf("%v with %+v: passed %v: %s", c.steps, c.findings, one.Passed, one.Why)
		}
	}
}
