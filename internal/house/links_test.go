package house

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)|<img src="([^"]+)"`)
	code = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	half = regexp.MustCompile(`\p{Han}[,;:?!()]|[,;?!]\p{Han}`)
)

// Every link and picture of the pages leads somewhere, and Chinese prose has
// Chinese marks.
func TestPagesReadWell(t *testing.T) {
	pages := 0
	err := filepath.WalkDir(root(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "build" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".md") {
			return nil
		}
		pages++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		prose := code.ReplaceAllString(string(b), "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			to := m[1] + m[2]
			if strings.Contains(to, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), to)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		if s := half.FindString(prose); s != "" {
			t.Errorf("%s: half-width mark %q", path, s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pages < 40 {
		t.Errorf("only %d pages found: does the test still look in the right place?", pages)
	}
}

// What can be read in one language can be read in the other.
func TestPagesComeInBothLanguages(t *testing.T) {
	for _, pair := range [][2]string{{"README.md", "README.zh-CN.md"}, {"docs/toolkits.md", "docs/zh/toolkits.md"}, {"docs/heap-file.md", "docs/zh/heap-file.md"},
		{"docs/how-leaks.md", "docs/zh/how-leaks.md"}, {"docs/reload.md", "docs/zh/reload.md"}, {"docs/wasm.md", "docs/zh/wasm.md"},
		{"docs/driver-log.md", "docs/zh/driver-log.md"},
		{"docs/findings", "docs/zh/findings"}, {"docs/commands", "docs/zh/commands"}} {
		var names [2][]string
		for i, path := range pair {
			matches, err := filepath.Glob(filepath.Join(root(t), path, "*.md"))
			if err != nil {
				t.Fatal(err)
			}
			if len(matches) == 0 {
				if _, err := os.Stat(filepath.Join(root(t), path)); err != nil {
					t.Error(err)
				}
			}
			for _, m := range matches {
				names[i] = append(names[i], filepath.Base(m))
			}
		}
		if a, b := strings.Join(names[0], " "), strings.Join(names[1], " "); a != b {
			t.Errorf("%s has %s\n%s has %s", pair[0], a, pair[1], b)
		}
	}
}
