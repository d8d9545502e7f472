package vet

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/report"
)

var (
	wantLine = regexp.MustCompile(`// want(?:\((-?\d+)\))? "([^"]+)"`)
	fewest   = map[string]int{"found": 25, "clean": 25}
)

// The cases are small programs, one a folder: those in found say at each line that
// must be found what must be said there, those in clean have nothing to find. The
// toolkits are stubs with the same paths and signatures. All of them are read at
// once, so that none may be mistaken for another's.
func TestCases(t *testing.T) {
	const dir = "testdata/cases"
	t.Setenv("GOWORK", "off")
	t.Setenv("GOFLAGS", "-mod=mod")
	r, err := Run(t.Context(), Options{Dir: dir, Patterns: []string{"./..."}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range r.Limits {
		t.Errorf("limit: %s", l.Why)
	}
	wants := map[string][]*regexp.Regexp{}
	for kind, least := range fewest {
		files, err := filepath.Glob(filepath.Join(dir, kind, "*", "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) < least {
			t.Errorf("only %d cases in %s", len(files), kind)
		}
		for _, file := range files {
			n := readWants(t, dir, file, wants)
			if (n == 0) != (kind == "clean") {
				t.Errorf("%s: %d wants", file, n)
			}
		}
	}
	all, missed, wrong := 0, 0, 0
	for _, f := range r.Findings {
		if !take(wants, &f) {
			wrong++
			t.Errorf("not wanted: %s", line(&f))
			for _, l := range f.Chain {
				t.Logf("\t%s %s:%d %s", l.Function, l.File, l.Line, l.Via)
			}
		}
	}
	for at, left := range wants {
		all += len(left)
		for _, w := range left {
			if w != nil {
				missed++
				t.Errorf("%s: not found: %s", at, w)
			}
		}
	}
	t.Logf("%d findings, %d wanted: %d missed, %d wrong", len(r.Findings), all, missed, wrong)
}

// take ticks off the want that a finding satisfies.
func take(wants map[string][]*regexp.Regexp, f *report.Finding) bool {
	at := fmt.Sprintf("%s:%d", f.Where.File, f.Where.Line)
	for i, w := range wants[at] {
		if w != nil && w.MatchString(f.ID+" "+f.Title.String()) {
			wants[at][i] = nil
			return true
		}
	}
	return false
}

func line(f *report.Finding) string {
	return fmt.Sprintf("%s:%d: %s %s", f.Where.File, f.Where.Line, f.ID, f.Title)
}

func readWants(t *testing.T, dir, file string, wants map[string][]*regexp.Regexp) int {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rel, err := filepath.Rel(dir, file)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	s := bufio.NewScanner(f)
	for n := 1; s.Scan(); n++ {
		for _, m := range wantLine.FindAllStringSubmatch(s.Text(), -1) {
			offset, _ := strconv.Atoi(m[1]) // empty: this line
			at := fmt.Sprintf("%s:%d", filepath.ToSlash(rel), n+offset)
			wants[at] = append(wants[at], regexp.MustCompile(m[2]))
			found++
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// Every link of a finding's way has its place, the way begins in a function that
// the toolkit or a go statement runs, and it ends where the finding is.
func TestEveryStepHasItsPlace(t *testing.T) {
	t.Setenv("GOWORK", "off")
	t.Setenv("GOFLAGS", "-mod=mod")
	r, err := Run(t.Context(), Options{Dir: "testdata/cases", Patterns: []string{"./found/..."}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if strings.Contains(f.Title.String(), "suppression") {
			continue
		}
		if len(f.Chain) == 0 {
			t.Errorf("%s: no way", line(f))
		}
		for _, l := range f.Chain {
			if l.Function == "" || l.File == "" || l.Line == 0 || l.Via.IsZero() {
				t.Errorf("%s: a step lacks something: %+v", line(f), l)
			}
			if filepath.IsAbs(l.File) {
				t.Errorf("%s: %s shows where the program is kept", line(f), l.File)
			}
		}
		if len(f.Why) == 0 || len(f.Remedy) == 0 || f.Confidence <= 0 || f.Confidence > 1 {
			t.Errorf("%s: why %v, remedy %v, confidence %v", line(f), f.Why, f.Remedy, f.Confidence)
		}
	}
}
