// Package docs carries the page of each finding id, so that gomedic can explain
// a finding on a machine without a network. The pages are plain Markdown, in
// findings/ (English) and zh/findings/ (Simplified Chinese), one file an id,
// with "-" for "/". Start at [Finding].
package docs

import (
	"embed"
	"io/fs"
	"regexp"
	"strings"

	"github.com/gomedic/gomedic/internal/text"
)

//go:embed findings/*.md zh/findings/*.md
var pages embed.FS

var (
	folders = map[text.Lang]string{text.English: "findings", text.Chinese: "zh/findings"}
	validID = regexp.MustCompile(`^[a-z0-9-]+(/[a-z0-9-]+)?$`)
)

// Finding returns the page of the finding id, "ui-blocked/mutex" say, in lang,
// and whether there is one. A page that lang lacks comes in English.
func Finding(id string, lang text.Lang) (string, bool) {
	if !validID.MatchString(id) {
		return "", false
	}
	name := "/" + strings.ReplaceAll(id, "/", "-") + ".md"
	for _, folder := range []string{folders[lang], folders[text.English]} {
		b, err := fs.ReadFile(pages, folder+name)
		if err == nil && strings.HasPrefix(string(b), "# "+id+"\n") { // ui-blocked-mutex is no id
			return string(b), true
		}
	}
	return "", false
}

// Findings returns the ids that have a page, sorted.
func Findings() []string {
	entries, _ := fs.ReadDir(pages, folders[text.English]) // it is embedded
	var ids []string
	for _, e := range entries {
		b, err := fs.ReadFile(pages, folders[text.English]+"/"+e.Name())
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(string(b), "\n")
		if id, ok := strings.CutPrefix(first, "# "); ok && validID.MatchString(id) && e.Name() != "README.md" {
			ids = append(ids, id)
		}
	}
	return ids
}
