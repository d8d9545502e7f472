package watch

import (
	"bytes"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// relations says which files belong together, as far as they say it themselves: a text
// names other files by a path relative to its own folder, or to one above it, and a Go
// file embeds files by patterns.
type relations struct {
	roots  []string
	names  map[string][]string        // by path of a text: what in it looks like a path
	named  map[string]map[string]bool // by the last part of such a path: the texts
	embeds map[string][]string        // by path of a Go file: patterns, relative to its folder
}

func newRelations(roots []string) *relations {
	return &relations{roots: roots, names: map[string][]string{}, named: map[string]map[string]bool{}, embeds: map[string][]string{}}
}

const (
	longestText = 1 << 20 // larger files are not read for names
	mostNames   = 1024    // of one file
)

var (
	// What a text may name: a word of letters, digits and what is usual in paths.
	wordPattern = regexp.MustCompile(`[\pL\pN_\-./@%+~]+\.[\pL\pN]{1,9}`)
	// A name with spaces is in quotes.
	quotedPattern = regexp.MustCompile(`"[^"\n]{1,200} [^"\n]{1,200}\.\w{1,9}"|'[^'\n]{1,200} [^'\n]{1,200}\.\w{1,9}'`)
	embedPattern  = regexp.MustCompile(`(?m)^//go:embed[ \t]+(.+)$`)
)

// read notes what a file names.
func (r *relations) read(file string, data []byte) {
	r.drop(file)
	if len(data) == 0 || len(data) > longestText || bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
		return
	}
	if strings.HasSuffix(file, ".go") {
		for _, m := range embedPattern.FindAllSubmatch(data, -1) {
			for word := range strings.FieldsSeq(string(m[1])) {
				r.embeds[file] = append(r.embeds[file], strings.TrimPrefix(strings.Trim(word, "\"`"), "all:"))
			}
		}
		return
	}
	seen := map[string]bool{}
	add := func(name string) {
		name, _, _ = strings.Cut(name, "?")
		if strings.Contains(name, "%") {
			if plain, err := url.PathUnescape(name); err == nil {
				name = plain
			}
		}
		base := path.Base(name)
		stem := strings.TrimRight(base, ".0123456789")
		if strings.HasPrefix(name, "//") || stem == "" || seen[name] || len(seen) >= mostNames || !strings.ContainsFunc(path.Ext(base), unicode.IsLetter) {
			return
		}
		seen[name] = true
		r.names[file] = append(r.names[file], name)
		if r.named[base] == nil {
			r.named[base] = map[string]bool{}
		}
		r.named[base][file] = true
	}
	for _, m := range wordPattern.FindAll(data, mostNames) {
		add(string(m))
	}
	for _, m := range quotedPattern.FindAll(data, mostNames) {
		add(string(m[1 : len(m)-1]))
	}
}

// drop forgets a file.
func (r *relations) drop(file string) {
	for _, name := range r.names[file] {
		base := path.Base(name)
		if delete(r.named[base], file); len(r.named[base]) == 0 {
			delete(r.named, base)
		}
	}
	delete(r.names, file)
	delete(r.embeds, file)
}

// places are the paths that a name in a file may stand for: relative to its folder, and
// to those above it.
func (r *relations) places(file, name string) (all []string) {
	root := ""
	for _, d := range r.roots {
		if rel, err := filepath.Rel(d, file); err == nil && filepath.IsLocal(rel) && len(d) >= len(root) {
			root = d
		}
	}
	for dir := filepath.Dir(file); ; dir = filepath.Dir(dir) {
		all = append(all, filepath.Join(dir, filepath.FromSlash(name)))
		if dir == root || root == "" || len(dir) <= len(root) && root != "." {
			return all
		}
		if dir == filepath.Dir(dir) {
			return all
		}
	}
}

// of returns the files of the index that belong to one, itself among them.
func (r *relations) of(file string, index map[string]File) map[string]bool {
	members := map[string]bool{file: true}
	groups := map[string]bool{}
	for next := []string{file}; len(next) > 0; {
		at := next[0]
		next = next[1:]
		add := func(p string) {
			if !members[p] {
				members[p] = true
				next = append(next, p)
			}
		}
		for _, name := range r.names[at] {
			for _, p := range r.places(at, name) {
				if _, there := index[p]; there {
					add(p)
					break
				}
			}
		}
		for text := range r.named[filepath.Base(at)] {
			for _, name := range r.names[text] {
				if path.Base(name) == filepath.Base(at) && slices.Contains(r.places(text, name), at) {
					add(text)
				}
			}
		}
		for source, patterns := range r.embeds {
			dir := filepath.Dir(source)
			for _, pattern := range patterns {
				if group := dir + "\x00" + pattern; !groups[group] && embedded(dir, pattern, at) {
					groups[group] = true
					for p := range index {
						if embedded(dir, pattern, p) {
							add(p)
						}
					}
				}
			}
		}
	}
	return members
}

// linked reports whether a file names one of the index, or is named by one.
func (r *relations) linked(file string, index map[string]File) bool {
	for _, name := range r.names[file] {
		for _, p := range r.places(file, name) {
			if _, there := index[p]; there && p != file {
				return true
			}
		}
	}
	for text := range r.named[filepath.Base(file)] {
		for _, name := range r.names[text] {
			if text != file && path.Base(name) == filepath.Base(file) && slices.Contains(r.places(text, name), file) {
				return true
			}
		}
	}
	return false
}

// embedded reports whether a pattern of a Go file in dir takes a file in.
func embedded(dir, pattern, file string) bool {
	rel, err := filepath.Rel(dir, file)
	if err != nil || !filepath.IsLocal(rel) {
		return false
	}
	for p := filepath.ToSlash(rel); p != "."; p = path.Dir(p) {
		if ok, err := path.Match(pattern, p); ok && err == nil {
			return true
		}
	}
	return pattern == "."
}

// missing returns a name in a file that was not in it before and stands for a file that
// is not there, beside others of its kind that are: "", if there is none.
func (r *relations) missing(file string, before []string, index map[string]File) string {
	for _, name := range r.names[file] {
		if slices.Contains(before, name) {
			continue
		}
		there, beside := false, false
		for _, p := range r.places(file, name) {
			if _, ok := index[p]; ok {
				there = true
				break
			}
			for _, other := range before {
				for _, q := range r.places(file, other) {
					if _, ok := index[q]; ok && filepath.Dir(p) == filepath.Dir(q) && filepath.Ext(p) == filepath.Ext(q) {
						beside = true
					}
				}
			}
		}
		if !there && beside {
			return name
		}
	}
	return ""
}
