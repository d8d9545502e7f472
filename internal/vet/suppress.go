package vet

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// The findings of this package.
const (
	idRisky    = "ui-thread/risky-call"
	idForeign  = "ui-thread/foreign-call"
	idUnlocked = "ui-thread/unlocked"
	idLeftover = "reload/leftover"
)

var ids = []string{idRisky, idForeign, idUnlocked, idLeftover}

// marker begins the comment that suppresses a finding:
//
//	//gomedic:ignore ui-thread/risky-call the file is in memory (tmpfs)
//
// It stands at the end of a line of the way that the finding shows, or alone on
// the line above: what is called from there is accepted.
const marker = "//gomedic:ignore"

// ignores are the program's comments that suppress findings.
type ignores struct {
	lines map[string]map[int][]string // file, line: ids
	// faulty are comments that suppress nothing: without a reason, or of no
	// known id.
	faulty []faultyIgnore
}

type faultyIgnore struct {
	pos token.Pos
	at  token.Position
	id  string // what it names, perhaps empty
}

// read takes in the comments of a file.
func (g *ignores) read(fset *token.FileSet, f *ast.File) {
	for _, group := range f.Comments {
		for _, c := range group.List {
			rest, ok := strings.CutPrefix(c.Text, marker)
			if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
				continue
			}
			at := fset.Position(c.Pos())
			id, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
			if !slices.Contains(ids, id) || len(strings.TrimSpace(reason)) == 0 {
				g.faulty = append(g.faulty, faultyIgnore{c.Pos(), at, id})
				continue
			}
			if g.lines == nil {
				g.lines = map[string]map[int][]string{}
			}
			if g.lines[at.Filename] == nil {
				g.lines[at.Filename] = map[int][]string{}
			}
			g.lines[at.Filename][at.Line] = append(g.lines[at.Filename][at.Line], id)
			if alone(fset, f, c) {
				g.lines[at.Filename][at.Line+1] = append(g.lines[at.Filename][at.Line+1], id)
			}
		}
	}
}

// alone says whether no code stands before the comment on its line.
func alone(fset *token.FileSet, f *ast.File, c *ast.Comment) bool {
	line := fset.Position(c.Pos()).Line
	code := false
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil || code {
			return false
		}
		switch n.(type) {
		case *ast.Comment, *ast.CommentGroup:
			return false
		}
		if n.Pos() > c.Pos() {
			return false
		}
		for _, p := range []token.Pos{n.Pos(), n.End() - 1} {
			if p.IsValid() && p < c.Pos() && fset.Position(p).Line == line {
				code = true
			}
		}
		return !code
	})
	return !code
}

// heeds says whether a comment suppresses the finding at a place.
func (g *ignores) heeds(at token.Position, id string) bool {
	return g.lines != nil && slices.Contains(g.lines[at.Filename][at.Line], id)
}
