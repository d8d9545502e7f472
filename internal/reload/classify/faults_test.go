package classify

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestFaultsHaveTheirPlaces(t *testing.T) {
	p, dir := program(t, small, "example.com/small/comp")
	lib, store := filepath.Join(dir, "lib/lib.go"), filepath.Join(dir, "store/store.go")
	src := read(t, lib)
	many := src
	for i := range 14 {
		many += fmt.Sprintf("\nfunc f%d() int { return nothing%d }\n", i, i)
	}
	tests := []struct {
		name, src string
		first     string // LINE:COLUMN text
		faults    int
		more      int
	}{
		{"syntax", strings.Replace(src, "return a + b + small", "return a +", 1), "26:1 expected operand", 1, 0},
		{"a type", strings.Replace(src, "a + b + small", `"three"`, 1), `25:9 cannot use "three"`, 1, 0},
		{"many", many, "28:24 undefined: nothing0", 10, 4},
		{"a dependent", strings.Replace(src, "func Add(a, b int)", "func Add(a, b, c int)", 1), "19:32 not enough arguments in call to lib.Add", 1, 0},
		{"an import unused", strings.Replace(src, "strconv.Itoa(t.A)", `""`, 1), `3:8 "strconv" imported and not used`, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// Another file of the same set is told all the same.
			r := classify(t, p, map[string][]byte{
				lib:   []byte(tt.src),
				store: []byte(strings.Replace(read(t, store), `"store"`, `"shop"`, 1)),
			})
			if len(r.Faults) != tt.faults || r.More != tt.more {
				t.Fatalf("%d faults and %d more, want %d and %d: %v", len(r.Faults), r.More, tt.faults, tt.more, r.Faults)
			}
			f := r.Faults[0]
			if got := fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Text); !strings.HasPrefix(got, tt.first) {
				t.Errorf("the first is %s, want %s", got, tt.first)
			}
			found := false
			for _, c := range r.Changes {
				found = found || c.File == store && c.Kind == Shared
			}
			if !found {
				t.Errorf("the change in store.go is lost: %v", r.Changes)
			}
		})
	}
	// The old code is still what is compared with.
	if r := classify(t, p, map[string][]byte{lib: []byte(src)}); len(r.Changes) != 1 || r.Changes[0].Kind != Same {
		t.Errorf("after faults the old source is %v", r.Changes)
	}
}

func TestAcceptedChangesAddUp(t *testing.T) {
	p, dir := program(t, small, "example.com/small/comp")
	lib, comp := filepath.Join(dir, "lib/lib.go"), filepath.Join(dir, "comp/comp.go")
	grown := []byte(strings.Replace(read(t, lib), "func Add(a, b int)", "func Add(a, b, c int)", 1))
	caller := []byte(strings.Replace(read(t, comp), "lib.Add(1, 2)", "lib.Add(1, 2, 3)", 1))
	r := classify(t, p, map[string][]byte{lib: grown, comp: caller})
	if len(r.Faults) > 0 || r.Action != Swap {
		t.Fatalf("%v, faults %v", r.Action, r.Faults)
	}
	p.Accept(r)
	if r := classify(t, p, map[string][]byte{lib: grown}); r.Changes[0].Kind != Same || r.Action != Skip {
		t.Errorf("accepted source is %v", r.Changes)
	}
	// The caller is checked against what was accepted, not against the archive.
	edited := []byte(strings.Replace(string(caller), "lib.Add(1, 2, 3)", "lib.Add(1, 2, 4)", 1))
	r = classify(t, p, map[string][]byte{comp: edited})
	if len(r.Faults) > 0 || r.Action != Swap {
		t.Fatalf("%v, faults %v", r.Action, r.Faults)
	}
	if got := strings.Join(r.Packages, " "); got != "example.com/small/comp example.com/small/lib" {
		t.Errorf("packages that differ from the host: %s", got)
	}
	// A removed file takes its declarations along.
	r = classify(t, p, map[string][]byte{lib: nil})
	if len(r.Faults) == 0 {
		t.Errorf("lib is gone, and comp still compiles: %v", r.Changes)
	}
}
