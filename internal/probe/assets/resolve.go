package assets

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/assets/decode"
)

// lookup knows what there is.
type lookup struct {
	folders  []string
	live     bool                       // absolute paths are those of this machine
	fold     bool                       // the program's system takes upper and lower case for the same
	trees    map[string]map[string]bool // of each embed.FS: files and folders
	embedded map[string]bool            // of all of them
	written  map[string]bool
	asked    map[string]bool
	listed   map[string][]string // folders that were read
}

func newLookup(folders []string, live bool) *lookup {
	return &lookup{folders: folders, live: live, trees: map[string]map[string]bool{}, embedded: map[string]bool{}, listed: map[string][]string{}}
}

// add notes a file of an embed.FS, and the folders above it.
func (l *lookup) add(system, name string) {
	t := l.trees[system]
	if t == nil {
		t = map[string]bool{".": true}
		l.trees[system] = t
	}
	t[name], l.embedded[name] = true, true
	for d := path.Dir(name); d != "." && !t[d]; d = path.Dir(d) {
		t[d] = true
	}
}

// resolve finds where a name is, or what excuses that it is nowhere. prefix is that of
// fs.Sub, dir the folder of os.DirFS.
func (l *lookup) resolve(u *evidence.AssetUse, prefix, dir string) {
	switch u.Kind {
	case evidence.UseEmbed, evidence.UseFS:
		if t, ok := l.trees[u.In]; ok && u.In != "" {
			u.Kind = evidence.UseEmbed
			l.inTree(u, t, prefix)
			return
		}
		if dir != "" {
			u.Kind = evidence.UsePath
			full := path.Join(dir, prefix, u.Name)
			l.onPath(u, full)
			return
		}
		l.somewhere(u)
	case evidence.UsePath:
		l.onPath(u, u.Name)
	}
}

// inTree looks a name up in an embed.FS.
func (l *lookup) inTree(u *evidence.AssetUse, t map[string]bool, prefix string) {
	full := u.Name
	if prefix != "" {
		full = prefix + "/" + u.Name
		if u.Name == "." {
			full = prefix
		}
	}
	if fs.ValidPath(full) && t[full] {
		u.Found = "embedded"
		return
	}
	u.Near = near(full, t)
	if prefix != "" {
		u.Near = strings.TrimPrefix(u.Near, prefix+"/")
	}
	for _, f := range l.folders {
		if exists(filepath.Join(f, filepath.FromSlash(full))) {
			u.OnDisk = true
		}
	}
}

// somewhere looks in every file system there is: which one is asked is not known.
func (l *lookup) somewhere(u *evidence.AssetUse) {
	name := path.Clean(u.Name)
	if name == "." {
		u.Found = "embedded"
		return
	}
	all := map[string]bool{}
	for _, t := range l.trees {
		for n := range t {
			if n == name || strings.HasSuffix(n, "/"+name) {
				u.Found = "embedded"
				return
			}
			all[n] = true
		}
	}
	if u.Found = l.exact(name); u.Found != "" {
		return
	}
	// What is embedded is found by its exact name only, wherever the program runs.
	if u.Near = near(name, all); !strings.EqualFold(u.Near, name) {
		if u.Found = l.onDisk(name); u.Found != "" {
			u.Near = ""
		}
	}
}

// onPath looks a name up in the folders.
func (l *lookup) onPath(u *evidence.AssetUse, name string) {
	slashed := filepath.ToSlash(name)
	if runtime.GOOS != "windows" && strings.Contains(name, `\`) && !strings.Contains(name, "/") { // a path of Windows
		slashed = strings.ReplaceAll(name, `\`, "/")
	}
	switch {
	case path.IsAbs(slashed) || len(name) > 2 && name[1] == ':':
		if !l.live || strings.HasPrefix(slashed, "/proc/") || strings.HasPrefix(slashed, "/sys/") || strings.HasPrefix(slashed, "/dev/") {
			u.Found = "system"
		} else if exists(slashed) {
			u.Found = slashed
		}
	case l.onDisk(slashed) != "":
		u.Found = l.onDisk(slashed)
	case l.embedded[path.Clean(slashed)]:
		u.Found = "embedded"
	}
	if u.Found != "" {
		return
	}
	clean := path.Clean(slashed)
	for w := range l.written {
		if w = path.Clean(w); w == clean || strings.HasPrefix(clean, w+"/") && w != "." {
			u.Excuse, u.Fatal = evidence.ExcuseWritten, false
			return
		}
	}
	for a := range l.asked {
		if path.Clean(a) == clean {
			u.Excuse, u.Fatal = evidence.ExcuseOptional, false
			return
		}
	}
	all := map[string]bool{}
	for _, f := range l.folders {
		d := path.Dir(clean)
		for _, n := range l.list(filepath.Join(f, filepath.FromSlash(d))) {
			all[path.Join(d, n)] = true
		}
		for _, n := range l.list(f) { // beside, and one folder below
			all[n] = true
			for _, below := range l.list(filepath.Join(f, n)) {
				if strings.EqualFold(below, path.Base(clean)) {
					all[n+"/"+below] = true
				}
			}
		}
	}
	for n := range l.embedded {
		all[n] = true
	}
	u.Near = near(clean, all)
}

// exact is the full path of a name in one of the folders, "" if it is in none.
func (l *lookup) exact(name string) string {
	for _, f := range l.folders {
		if full := filepath.Join(f, filepath.FromSlash(name)); exists(full) {
			return full
		}
	}
	return ""
}

// onDisk is the same, with upper and lower case as the program's system has it.
func (l *lookup) onDisk(name string) string {
	if full := l.exact(name); full != "" {
		return full
	}
	for _, f := range l.folders {
		if full := l.folded(f, name); l.fold && full != "" {
			return full
		}
	}
	return ""
}

// folded is the full path of a name in a folder, upper and lower case taken for the same.
func (l *lookup) folded(folder, name string) string {
	for part := range strings.SplitSeq(path.Clean(name), "/") {
		next := ""
		for _, n := range l.list(folder) {
			if strings.EqualFold(n, part) {
				next = n
			}
		}
		if next == "" {
			return ""
		}
		folder = filepath.Join(folder, next)
	}
	return folder
}

const maxListed = 2000

func (l *lookup) list(dir string) []string {
	if names, ok := l.listed[dir]; ok || len(l.listed) > 500 {
		return names
	}
	var names []string
	if f, err := os.Open(dir); err == nil {
		names, _ = f.Readdirnames(maxListed)
		f.Close()
	}
	l.listed[dir] = names
	return names
}

func exists(p string) bool {
	_, err := os.Lstat(p)
	return err == nil
}

// near is the name that is most like another, "" if none is much like it.
func near(name string, all map[string]bool) string {
	best, score := "", 0
	lower, base := strings.ToLower(name), strings.ToLower(path.Base(name))
	stem := strings.TrimSuffix(base, path.Ext(base))
	for n := range all {
		l := strings.ToLower(n)
		b := path.Base(l)
		s := 0
		switch {
		case n == name || n == ".":
			continue
		case l == lower:
			s = 100
		case b == base:
			s = 80
		case strings.TrimSuffix(b, path.Ext(b)) == stem && len(stem) > 2:
			s = 60
		default:
			if d := distance(lower, l, 2); d <= 2 && len(lower) > 5 {
				s = 50 - d
			} else if d := distance(base, b, 2); d <= 2 && len(base) > 5 && path.Dir(l) == path.Dir(lower) {
				s = 40 - d
			}
		}
		if s > score || s == score && s > 0 && n < best {
			best, score = n, s
		}
	}
	return best
}

// distance is the number of edits between two short strings, more than most if it is more.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most || len(a) > 200 {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		prev := row[0]
		row[0] = i
		least := row[0]
		for j := 1; j <= len(b); j++ {
			cost := prev
			if a[i-1] != b[j-1] {
				cost++
			}
			prev, row[j] = row[j], min(cost, row[j]+1, row[j-1]+1)
			least = min(least, row[j])
		}
		if least > most {
			return most + 1
		}
	}
	return row[len(b)]
}

// wanted reports whether a file that the code reads is one that can be decoded.
func wanted(name string) bool { return decode.FormatOf(name) != "" }
