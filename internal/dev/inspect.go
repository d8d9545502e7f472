package dev

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// differences are the changed files beside what runs, as a unified diff.
func (s *session) differences() string {
	var b strings.Builder
	paths := make([]string, 0, len(s.waiting))
	for path := range s.waiting {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		name := filepath.ToSlash(s.short(path))
		b.Write(diff.Diff("a/"+name, s.source.Before(path), "b/"+name, s.waiting[path]))
	}
	return b.String()
}

// functions are those that a generation's packages define, by the path that they have
// there (go tool nm).
func functions(ctx context.Context, dir, pluginPath string) (names []string) {
	archives, _ := filepath.Glob(filepath.Join(dir, "*.a"))
	for _, a := range archives {
		out, err := exec.CommandContext(ctx, "go", "tool", "nm", "-type", a).Output()
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(out)) {
			// address, letter, name and its type
			if f := strings.Fields(line); len(f) >= 3 && f[1] == "T" && strings.HasPrefix(f[2], pluginPath+"/") {
				names = append(names, f[2])
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
