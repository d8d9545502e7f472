package watch

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	gitignore "github.com/sabhiram/go-gitignore"
)

// ignorer says what nothing is told of.
type ignorer struct {
	o     *Options
	files map[string]*gitignore.GitIgnore // by the directory that they lie in, relative
}

func newIgnorer(o *Options) *ignorer {
	return &ignorer{o: o, files: map[string]*gitignore.GitIgnore{}}
}

// enter reads the .gitignore of a directory.
func (g *ignorer) enter(dir string) {
	if g.o.NoGitignore {
		return
	}
	b, err := os.ReadFile(filepath.Join(dir, ".gitignore"))
	rel := g.relative(dir)
	if err != nil {
		delete(g.files, rel)
		return
	}
	g.files[rel] = gitignore.CompileIgnoreLines(strings.Split(string(b), "\n")...)
}

func (g *ignorer) relative(dir string) string {
	for _, d := range g.o.Dirs {
		if rel, err := filepath.Rel(d, dir); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(dir)
}

// ignores reports whether nothing is told of a path, relative and with slashes.
func (g *ignorer) ignores(rel string, dir bool) bool {
	for part := range strings.SplitSeq(rel, "/") {
		if control[part] {
			return true
		}
	}
	if !dir && temporary(path.Base(rel)) {
		return true
	}
	if g.o.Ignore != nil && g.o.Ignore(rel, dir) {
		return true
	}
	for at := rel; len(g.files) > 0; {
		at = path.Dir(at)
		if f := g.files[at]; f != nil {
			below := strings.TrimPrefix(strings.TrimPrefix(rel, at), "/")
			if at == "." {
				below = rel
			}
			if dir {
				below += "/"
			}
			if f.MatchesPath(below) {
				return true
			}
		}
		if at == "." || at == "/" {
			break
		}
	}
	return false
}

// control are the folders of version control.
var control = map[string]bool{".git": true, ".hg": true, ".svn": true, ".jj": true, ".bzr": true}

// temporary reports whether a file is an editor's own: a backup, a lock, a swap file,
// or what is written before it is renamed.
func temporary(name string) bool {
	switch {
	case strings.HasSuffix(name, "~"), // vim, emacs, gedit, Kate
		strings.HasPrefix(name, ".#"),                                                                     // emacs's locks
		strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#"),                                      // emacs
		strings.HasSuffix(name, ".swp"), strings.HasSuffix(name, ".swo"), strings.HasSuffix(name, ".swx"), // vim
		name == "4913",                                                                   // vim tries whether it may write
		strings.HasSuffix(name, "___jb_tmp___"), strings.HasSuffix(name, "___jb_old___"), // JetBrains
		strings.HasPrefix(name, ".goutputstream-"), // GLib
		strings.HasSuffix(name, ".kate-swp"),
		strings.HasPrefix(name, ".") && strings.Contains(name, ".tmp-"),
		strings.HasSuffix(name, ".crswap"):
		return true
	}
	return false
}
