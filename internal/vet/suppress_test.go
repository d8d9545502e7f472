package vet

import (
	"go/parser"
	"go/token"
	"testing"
)

func TestIgnores(t *testing.T) {
	const source = `package p

func f() {
	g() //gomedic:ignore ui-thread/risky-call it is fast
	//gomedic:ignore ui-thread/foreign-call the window is not open yet
	g()
	g()
	g() //gomedic:ignore ui-thread/risky-call
	g() //gomedic:ignore ui-thread/riski-call because
	g() //gomedic:ignore
	g() //gomedic:ignored is another word
}
func g() {}
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var g ignores
	g.read(fset, file)
	for _, tt := range []struct {
		line int
		id   string
		want bool
	}{
		{4, idRisky, true},
		{5, idRisky, false}, // the line below a comment at the end of a line
		{4, idForeign, false},
		{6, idForeign, true},
		{7, idForeign, false},
		{8, idRisky, false},
		{9, idRisky, false},
	} {
		if got := g.heeds(token.Position{Filename: "p.go", Line: tt.line}, tt.id); got != tt.want {
			t.Errorf("line %d, %s: %v", tt.line, tt.id, got)
		}
	}
	var lines []int
	for _, f := range g.faulty {
		lines = append(lines, f.at.Line)
	}
	if len(lines) != 3 || lines[0] != 8 || lines[1] != 9 || lines[2] != 10 {
		t.Errorf("faulty comments in lines %v", lines)
	}
}
