package lab

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPageCases reads the cases of lab/pages: each names a program and a page that
// are there, what must be found, and, where a line must be, a program that says HERE.
func TestPageCases(t *testing.T) {
	p, err := readPages(filepath.Join("..", "..", "lab"))
	if err != nil {
		t.Fatal(err)
	}
	sick, healthy, stripped := 0, 0, 0
	seen := map[string]bool{}
	for _, c := range p.cases {
		if seen[c.Name] {
			t.Errorf("%s: twice", c.Name)
		}
		seen[c.Name] = true
		if _, err := os.Stat(filepath.Join(p.dir, "programs", c.Program, "main.go")); err != nil && c.Program != fetched {
			t.Errorf("%s: %v", c.Name, err)
		}
		if c.here && p.hereIn(c.Program) == 0 {
			t.Errorf("%s: %s does not say HERE", c.Name, c.Program)
		}
		switch {
		case c.Want == "":
			t.Errorf("%s: nothing is wanted", c.Name)
		case c.Want == "healthy" || c.Info:
			healthy++
		default:
			sick++
		}
		if c.Stripped {
			stripped++
		}
	}
	if sick < 30 || healthy < 6 || stripped*2 < len(p.cases) {
		t.Errorf("%d sick, %d healthy, %d of %d stripped", sick, healthy, stripped, len(p.cases))
	}
}

func TestScorePages(t *testing.T) {
	p := &pageCases{}
	report := func(id, severity, function string) *pageReport {
		r := &pageReport{}
		r.Findings = append(r.Findings, struct {
			ID       string
			Severity string
			Where    *struct {
				Function, File string
				Line           int
			}
		}{ID: id, Severity: severity})
		if function != "" {
			r.Findings[0].Where = &struct {
				Function, File string
				Line           int
			}{Function: function}
		}
		return r
	}
	var all []*PageCase
	for _, tt := range []struct {
		c     PageCase
		r     *pageReport
		right bool
	}{
		{PageCase{Name: "a", Want: "wasm/panic", Placed: true, function: "main.f"}, report("wasm/panic", "P0", "main.f"), true},
		{PageCase{Name: "b", Want: "wasm/panic", Placed: true, function: "main.f"}, report("wasm/panic", "P0", "main.g"), false},
		{PageCase{Name: "c", Want: "healthy"}, report("wasm/exited", "info", ""), true},
		{PageCase{Name: "d", Want: "healthy"}, report("wasm/exited", "P1", ""), false},
		{PageCase{Name: "e", Want: "wasm/mime", Info: true}, report("wasm/mime", "info", ""), true},
		{PageCase{Name: "f", Want: "wasm/http"}, &pageReport{}, false},
	} {
		c := tt.c
		p.judge(&c, tt.r)
		if c.Passed() != tt.right {
			t.Errorf("%s: passed %v, want %v", c.Name, c.Passed(), tt.right)
		}
		all = append(all, &c)
	}
	s := ScorePages(all)
	if s.Sick != 3 || s.RightID != 2.0/3 || s.RightAt != 0.5 || len(s.False) != 1 || len(s.Missed) != 3 {
		t.Errorf("%+v", s)
	}
}
