package source

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gomedic/gomedic/internal/evidence"
)

// embeds reads the directives of the project's own packages.
func (p *program) embeds() {
	for _, g := range p.all {
		if !g.own {
			continue
		}
		for _, f := range g.files {
			dir := filepath.Dir(p.fset.Position(f.Pos()).Filename)
			for _, d := range f.Decls {
				if gen, ok := d.(*ast.GenDecl); ok && gen.Tok == token.VAR {
					p.embedDecl(g, f, gen, dir)
				}
			}
		}
	}
}

// embedDecl reads the directives above a variable: those of the declaration, where it
// has one variable, and those of the variable.
func (p *program) embedDecl(g *pkg, f *ast.File, gen *ast.GenDecl, dir string) {
	for _, s := range gen.Specs {
		v, ok := s.(*ast.ValueSpec)
		if !ok || len(v.Names) != 1 {
			continue
		}
		var e Embed
		groups := []*ast.CommentGroup{v.Doc}
		if !gen.Lparen.IsValid() {
			groups = append(groups, gen.Doc)
		}
		// A blank line parts a comment from what it stands above, and leaves the
		// directive in force: cmd/compile only asks for nothing but comments between.
		groups = append(groups, above(f, p.fset, v, gen)...)
		seen := map[token.Pos]bool{}
		first := token.NoPos
		found := map[string]string{}
		for _, group := range groups {
			if group == nil {
				continue
			}
			for _, c := range group.List {
				rest, ok := strings.CutPrefix(c.Text, "//go:embed")
				if !ok || seen[c.Pos()] || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
					continue
				}
				seen[c.Pos()] = true
				if !first.IsValid() || c.Pos() < first {
					first = c.Pos()
				}
				for _, pattern := range patternsOf(rest) {
					files := match(dir, pattern)
					if len(files) == 0 {
						e.Lost = append(e.Lost, Pattern{pattern, p.frame(c.Pos(), g.PkgPath+".init", g.types)})
					}
					for _, file := range files {
						found[file] = filepath.Join(dir, filepath.FromSlash(file))
					}
				}
			}
		}
		if !first.IsValid() {
			continue
		}
		e.Var = g.PkgPath + "." + v.Names[0].Name
		if g.Name == "main" {
			e.Var = "main." + v.Names[0].Name
		}
		e.At = p.frame(first, g.PkgPath+".init", g.types)
		e.At.Function = e.Var
		e.Kind = evidence.AssetEmbedFS
		if o := g.info.Defs[v.Names[0]]; o != nil {
			switch o.Type().Underlying().String() {
			case "string":
				e.Kind = evidence.AssetString
			case "[]byte", "[]uint8":
				e.Kind = evidence.AssetBytes
			}
		}
		for name, path := range found {
			e.Files = append(e.Files, File{name, path})
		}
		slices.SortFunc(e.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
		p.out.Embeds = append(p.out.Embeds, e)
	}
}

// above are the comments directly above a variable, with nothing but comments between.
func above(f *ast.File, set *token.FileSet, v *ast.ValueSpec, gen *ast.GenDecl) (out []*ast.CommentGroup) {
	begin := v.Pos()
	if !gen.Lparen.IsValid() {
		begin = gen.Pos()
	}
	before := f.Name.End()
	for _, d := range f.Decls {
		if d.End() < begin && d.End() > before && d != ast.Decl(gen) {
			before = d.End()
		}
	}
	if gen.Lparen.IsValid() {
		before = max(before, gen.Lparen)
		for _, s := range gen.Specs {
			if s.End() < begin {
				before = max(before, s.End())
			}
		}
	}
	for _, c := range f.Comments {
		if c.Pos() > before && c.End() < begin {
			out = append(out, c)
		}
	}
	return out
}

// patternsOf splits a directive's arguments, which may be quoted.
func patternsOf(s string) (out []string) {
	for {
		s = strings.TrimLeftFunc(s, unicode.IsSpace)
		if s == "" {
			return out
		}
		if s[0] == '"' || s[0] == '`' {
			q, err := strconv.QuotedPrefix(s)
			if err != nil {
				return out
			}
			text, _ := strconv.Unquote(q)
			out, s = append(out, text), s[len(q):]
			continue
		}
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 {
			end = len(s)
		}
		out, s = append(out, s[:end]), s[end:]
	}
}

const maxEmbedded = 100_000

// match is what a pattern embeds, as cmd/go does it (internal/load.resolveEmbed).
func match(dir, pattern string) (files []string) {
	glob, all := strings.CutPrefix(pattern, "all:")
	if _, err := path.Match(glob, ""); err != nil || !fs.ValidPath(strings.NewReplacer("*", "x", "?", "x", "[", "x", "]", "x").Replace(glob)) && glob != "." {
		return nil
	}
	found, err := filepath.Glob(filepath.Join(escape(dir), filepath.FromSlash(glob)))
	if err != nil {
		return nil
	}
	for _, full := range found {
		rel, err := filepath.Rel(dir, full)
		if err != nil {
			continue
		}
		st, err := os.Lstat(full)
		switch {
		case err != nil:
		case st.Mode().IsRegular():
			files = append(files, filepath.ToSlash(rel))
		case st.IsDir():
			_ = filepath.WalkDir(full, func(p string, d fs.DirEntry, err error) error {
				if err != nil || len(files) > maxEmbedded {
					return filepath.SkipDir
				}
				name := d.Name()
				if p != full && !all && (name[0] == '.' || name[0] == '_') {
					if d.IsDir() {
						return filepath.SkipDir
					}
					return nil
				}
				if d.IsDir() {
					if _, err := os.Stat(filepath.Join(p, "go.mod")); err == nil && p != full {
						return filepath.SkipDir
					}
					return nil
				}
				if d.Type().IsRegular() {
					if r, err := filepath.Rel(dir, p); err == nil {
						files = append(files, filepath.ToSlash(r))
					}
				}
				return nil
			})
		}
	}
	return files
}

// escape keeps what is in a folder's own name from being a pattern.
func escape(dir string) string {
	if !strings.ContainsAny(dir, `*?[\`) || filepath.Separator == '\\' {
		return dir
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}
