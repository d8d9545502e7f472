package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/text"
)

func TestEveryFindingHasItsPageInBothLanguages(t *testing.T) {
	ids := Findings()
	// The titles know the ids too: each has a page, and each page a title.
	var titled []string
	for _, key := range text.Keys() {
		if id, ok := strings.CutPrefix(key, "finding."); ok {
			if i := strings.Index(id, ".title"); i >= 0 {
				titled = append(titled, id[:i])
			}
		}
	}
	slices.Sort(titled)
	titled = slices.Compact(titled)
	slices.Sort(ids)
	if !slices.Equal(ids, titled) {
		t.Errorf("pages %v\ntitles %v", ids, titled)
	}
	for _, id := range ids {
		en, ok := Finding(id, text.English)
		if !ok {
			t.Errorf("%s: no English page", id)
		}
		zh, ok := Finding(id, text.Chinese)
		if !ok || zh == en {
			t.Errorf("%s: no Chinese page", id)
		}
		if a, b := headings(en), headings(zh); a != b {
			t.Errorf("%s: %d headings in English, %d in Chinese", id, a, b)
		}
		for _, page := range []string{en, zh} {
			if n := strings.Count(page, "\n"); n < 25 || n > 60 {
				t.Errorf("%s: %d lines, want 25 to 60", id, n)
			}
			if strings.Count(page, "```")%2 != 0 {
				t.Errorf("%s: a code block does not end", id)
			}
		}
	}
}

func headings(page string) int { return strings.Count(page, "\n## ") }

func TestNoPage(t *testing.T) {
	for _, id := range []string{"", "README", "readme", "ui-blocked-mutex", "ui-blocked/none", "../docs", "ui-blocked/../ui-deadlock"} {
		if page, ok := Finding(id, text.English); ok {
			t.Errorf("%q has a page: %q", id, page)
		}
	}
}

var (
	link = regexp.MustCompile(`\]\(([^)#]+)\)`)
	half = regexp.MustCompile(`\p{Han}[,;:?!()]|[,;?!]\p{Han}`)
	code = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
)

// Links between the pages lead somewhere, and Chinese prose has Chinese marks.
func TestPagesReadWell(t *testing.T) {
	pages, err := filepath.Glob("*/findings/*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("findings/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(pages, more...) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		prose := code.ReplaceAllString(string(b), "")
		if s := half.FindString(prose); s != "" {
			t.Errorf("%s: half-width mark %q", path, s)
		}
	}
}
