package classify

import (
	"bytes"
	"go/build"
	"go/build/constraint"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"

	"github.com/gomedic/gomedic/internal/text"
)

// native are the endings of files that a C compiler or an assembler takes.
var native = []string{".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".s", ".S", ".sx", ".syso", ".m", ".mm", ".swig", ".swigcxx"}

// goFile returns the package whose declarations a changed file may change. Of any
// other file it says at once what its change means.
func (p *Program) goFile(path string, src []byte, r *Result) *source {
	add := func(k Kind, a Action, pkg string, why text.Text) {
		r.Changes = append(r.Changes, Change{Kind: k, Action: a, Package: pkg, File: path, Reason: why})
	}
	dir, name := filepath.Split(path)
	dir = filepath.Clean(dir)
	pkg := p.dirs[dir]
	if old, ok := p.files[path]; ok && src != nil && bytes.Equal(old, src) {
		add(Same, Skip, "", text.T("reload.why.same"))
		return nil
	}
	if p.embeds(path, add) {
		return nil
	}
	switch {
	case name == "go.mod" && slices.Contains(p.list.ModuleFiles(), path), path == p.list.Go.GOWORK, name == "modules.txt" && filepath.Base(dir) == "vendor":
		if old := p.files[path]; name == "go.mod" && old != nil && src != nil && sameModule(old, src) {
			add(Comment, Skip, "", text.T("reload.why.comment"))
		} else {
			add(Module, Restart, "", text.T("reload.why.module", name))
		}
	case name == "go.sum":
		add(Unrelated, Skip, "", text.T("reload.why.sum"))
	case strings.HasSuffix(name, "_test.go"):
		add(Test, Skip, "", text.T("reload.why.test"))
	case strings.HasSuffix(name, ".go") && pkg != nil:
		_, built := pkg.files[path]
		if builds := src != nil && p.builds(path, src); built && src != nil && !builds || !built && builds && slices.Contains(pkg.IgnoredGoFiles, name) {
			add(Tags, Restart, pkg.ImportPath, text.T("reload.why.tags"))
			return nil
		} else if built || builds {
			return pkg
		}
		add(Unrelated, Skip, "", text.T("reload.why.excluded"))
	case pkg != nil && slices.Contains(native, filepath.Ext(name)):
		add(Native, Restart, pkg.ImportPath, text.T("reload.why.native"))
	default:
		if at, line := p.generator(dir, name); at != "" {
			r.Changes = append(r.Changes, Change{Kind: Generator, Action: Skip, File: path, Reason: text.T("reload.why.generator", at, line)})
			return nil
		}
		add(Unrelated, Skip, "", text.T("reload.why.unrelated"))
	}
	return nil
}

// embeds reports whether a package embeds the file, and says so.
func (p *Program) embeds(path string, add func(Kind, Action, string, text.Text)) bool {
	found := false
	for dir, all := range p.embedded {
		rel, err := filepath.Rel(dir, path)
		if err != nil || strings.HasPrefix(rel, "..") {
			continue
		}
		rel = filepath.ToSlash(rel)
		told := map[*source]bool{}
		for _, e := range all {
			if !told[e.pkg] && (slices.Contains(e.pkg.EmbedFiles, rel) || embeddedBy(e.pattern, rel)) {
				told[e.pkg], found = true, true
				add(Embedded, Swap, e.pkg.ImportPath, text.T("reload.why.embedded", e.pkg.ImportPath))
			}
		}
	}
	return found
}

// Concerns reports whether a change of a file may be one of the program: its source,
// what it embeds, what says how it is built.
func (p *Program) Concerns(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch name := filepath.Base(path); {
	case name == "go.mod", name == "go.work":
		return true
	case strings.HasSuffix(name, "_test.go"):
		return false
	case filepath.Ext(name) == ".go":
		return p.dirs[filepath.Dir(path)] != nil
	}
	return p.embeds(path, func(Kind, Action, string, text.Text) {})
}

// Stale returns a source file, or one that is embedded, that was written since a time
// and is another now than the program has it, or than edits, by path, have it; "" if
// there is none.
func (p *Program) Stale(edits map[string][]byte, since time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	differs := func(file string, known []byte) bool {
		st, err := os.Stat(file)
		if err != nil || st.ModTime().Before(since) {
			return false
		}
		if edited, ok := edits[file]; ok {
			known = edited
		}
		b, err := os.ReadFile(file)
		return err == nil && !bytes.Equal(b, known)
	}
	for _, dir := range sortedKeys(p.dirs) {
		for _, file := range sortedKeys(p.dirs[dir].files) {
			if differs(file, p.dirs[dir].files[file].src) {
				return file
			}
		}
		for _, name := range p.dirs[dir].EmbedFiles {
			file := filepath.Join(dir, name)
			if known, ok := p.files[file]; ok && differs(file, known) {
				return file
			}
		}
	}
	return ""
}

// embeddedBy reports whether a go:embed pattern takes a file: it matches the file
// or a folder above it. Names with a dot or an underscore in front are taken only
// by name or with all:.
func embeddedBy(pattern, rel string) bool {
	pattern, all := strings.CutPrefix(pattern, "all:")
	for at := rel; at != "." && at != "/"; at = filepath.ToSlash(filepath.Dir(at)) {
		ok, err := filepath.Match(pattern, at)
		if err != nil || !ok && !(pattern == "." && at == rel) {
			continue
		}
		below := strings.TrimPrefix(strings.TrimPrefix(rel, at), "/")
		for part := range strings.SplitSeq(below, "/") {
			if !all && (strings.HasPrefix(part, ".") || strings.HasPrefix(part, "_")) {
				return false
			}
		}
		return true
	}
	return false
}

// builds reports whether the go command would compile a file of this name and
// content.
func (p *Program) builds(path string, src []byte) bool {
	c := build.Default
	c.GOOS, c.GOARCH, c.CgoEnabled, c.GOROOT = p.list.Go.GOOS, p.list.Go.GOARCH, p.list.Go.CGO_ENABLED == "1", p.list.Go.GOROOT
	c.BuildTags = tags(p.list.Flags)
	c.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(src)), nil }
	ok, err := c.MatchFile(filepath.Dir(path), filepath.Base(path))
	// One whose head cannot be read is broken, not left out.
	return ok || err != nil
}

// tags returns the build tags among the flags of go build.
func tags(flags []string) []string {
	for i, f := range flags {
		name, value, ok := strings.Cut(strings.TrimLeft(f, "-"), "=")
		if name != "tags" {
			continue
		}
		if !ok && i+1 < len(flags) {
			value = flags[i+1]
		}
		return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return nil
}

// generator returns the file and line of a go:generate directive in dir that names
// the file.
func (p *Program) generator(dir, name string) (string, int) {
	pkg := p.dirs[dir]
	if pkg == nil {
		return "", 0
	}
	for _, path := range sortedKeys(pkg.files) {
		line := 0
		for text := range bytes.Lines(pkg.files[path].src) {
			line++
			if !bytes.HasPrefix(text, []byte("//go:generate ")) {
				continue
			}
			for word := range strings.FieldsSeq(string(text)) {
				_, value, _ := strings.Cut(word, "=")
				if filepath.Clean(word) == name || filepath.Clean(value) == name {
					return path, line
				}
			}
		}
	}
	return "", 0
}

// sameModule reports whether two versions of a go.mod say the same.
func sameModule(a, b []byte) bool {
	print := func(src []byte) string {
		f, err := modfile.Parse("go.mod", src, nil)
		if err != nil {
			return string(src)
		}
		var out []string
		for _, s := range f.Syntax.Stmt {
			switch s := s.(type) {
			case *modfile.Line:
				out = append(out, strings.Join(s.Token, " "))
			case *modfile.LineBlock:
				for _, l := range s.Line {
					out = append(out, strings.Join(slices.Concat(s.Token, l.Token), " "))
				}
			}
		}
		slices.Sort(out)
		return strings.Join(out, "\n")
	}
	return print(a) == print(b)
}

// constraintOf returns a file's build constraint, in one form.
func constraintOf(src []byte) string {
	for line := range bytes.Lines(src) {
		text := strings.TrimSpace(string(line))
		switch {
		case constraint.IsGoBuild(text):
			if x, err := constraint.Parse(text); err == nil {
				return x.String()
			}
			return text
		case strings.HasPrefix(text, "package "):
			return ""
		}
	}
	return ""
}
