package dev

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ModuleError says that there is no module to build, or none that the go command reads.
type ModuleError struct {
	Dir  string
	Said string // by the go command, in one line; empty: there is no module
}

func (e *ModuleError) Error() string {
	if e.Said != "" {
		return e.Said
	}
	return "no go.mod in " + e.Dir + " or above it"
}

// modulesOf are the modules of the program. A folder that lies in none of those here is
// taken as if the session had been begun there.
func (s *session) modulesOf(ctx context.Context) ([]string, error) {
	roots, err := s.modulesIn(ctx)
	folder := s.o.Main
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(s.o.Dir, folder)
	}
	real, e := filepath.EvalSymlinks(folder)
	if e != nil {
		return roots, err
	}
	if st, e := os.Stat(real); e != nil || !st.IsDir() || slices.ContainsFunc(roots, func(root string) bool {
		if r, e := filepath.EvalSymlinks(root); e == nil {
			root = r
		}
		rel, e := filepath.Rel(root, real)
		return e == nil && filepath.IsLocal(rel)
	}) {
		return roots, err
	}
	s.o.Dir, s.o.Main = folder, "."
	return s.modulesIn(ctx)
}

// modulesIn are the directories of the modules whose source may change.
func (s *session) modulesIn(ctx context.Context) ([]string, error) {
	out, err := goCommand(ctx, s.o, "list", "-m", "-f", "{{if .Main}}{{.Dir}}{{end}}")
	if err != nil {
		return nil, &ModuleError{s.o.Dir, strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "go: ")), " ")}
	}
	var roots []string
	for line := range strings.Lines(string(out)) {
		if dir := strings.TrimSpace(line); dir != "" {
			roots = append(roots, dir)
		}
	}
	// One module may lie in another.
	slices.Sort(roots)
	roots = slices.CompactFunc(roots, func(a, b string) bool { return strings.HasPrefix(b, a+string(filepath.Separator)) })
	if len(roots) == 0 {
		return nil, &ModuleError{Dir: s.o.Dir}
	}
	return roots, nil
}
