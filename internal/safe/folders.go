package safe

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// folders are those of one try, below one of ours.
type folders struct {
	root   string
	config string            // the user's own
	own    bool              // config has links to what is in the user's own
	set    map[string]string // variables
}

// homes are the folders by the XDG Base Directory Specification, and where they are
// where no variable says so.
var homes = map[string][2]string{
	"config": {"XDG_CONFIG_HOME", ".config"}, "cache": {"XDG_CACHE_HOME", ".cache"},
	"data": {"XDG_DATA_HOME", ".local/share"}, "state": {"XDG_STATE_HOME", ".local/state"},
}

// makeFolders makes the folders that a rung asks for.
func makeFolders(r *evidence.Rung, env []string) (*folders, error) {
	f := &folders{set: map[string]string{}}
	if len(r.Folders) == 0 {
		return f, nil
	}
	root, err := os.MkdirTemp("", "gomedic-safe-")
	if err != nil {
		return nil, err
	}
	f.root = root
	for _, c := range r.Folders {
		h := homes[c.Name]
		dir := filepath.Join(root, c.Name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			f.remove()
			return nil, err
		}
		f.set[h[0]] = dir
		if c.Name != "config" {
			continue
		}
		f.config = variable(env, h[0])
		if f.config == "" && variable(env, "HOME") != "" {
			f.config = filepath.Join(variable(env, "HOME"), h[1])
		}
		if c.Value == "own" {
			f.own = true
			if err := fyneSettings(dir, f.config); err != nil {
				f.remove()
				return nil, err
			}
		}
	}
	return f, nil
}

// fyneFiles are those of Fyne's folder that gomedic does not take over: its settings, and
// a theme by file (theme/theme.go, since 2.5).
var fyneFiles = []string{"settings.json", "theme.json"}

// fyneSettings makes a config folder in which everything is the user's own but Fyne's
// settings: no animations, no theme, the usual scale. Preferences of programs stay.
func fyneSettings(dir, users string) error {
	if err := link(dir, users, "fyne"); err != nil {
		return err
	}
	fyne := filepath.Join(dir, "fyne")
	if err := os.Mkdir(fyne, 0o700); err != nil {
		return err
	}
	if err := link(fyne, filepath.Join(users, "fyne"), fyneFiles...); err != nil {
		return err
	}
	b, err := json.Marshal(map[string]any{"theme": "", "scale": 1, "primary_color": "", "cloud_name": "", "cloud_config": "", "no_animations": true}) // app.SettingsSchema
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(fyne, "settings.json"), b, 0o600)
}

// link puts a link to each entry of from into dir, but for some.
func link(dir, from string, but ...string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return nil // there is none yet
	}
	skip := " " + strings.Join(but, " ") + " "
	for _, e := range entries {
		if strings.Contains(skip, " "+e.Name()+" ") {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// giveBack moves what the program has saved anew to where the user's own settings are,
// and removes the folders. What cannot be moved stays, and its folder is returned.
func (f *folders) giveBack() (kept string) {
	if f.root == "" {
		return ""
	}
	dir := f.set["XDG_CONFIG_HOME"]
	switch {
	case f.own && f.config != "":
		if !moved(dir, f.config, "fyne") || !moved(filepath.Join(dir, "fyne"), filepath.Join(f.config, "fyne"), fyneFiles...) {
			return f.root
		}
	case dir != "" && !empty(dir) || f.set["XDG_DATA_HOME"] != "" && !empty(f.set["XDG_DATA_HOME"]):
		return f.root // a first start's data may be worth something
	}
	f.remove()
	return ""
}

// moved moves the entries that are no links, but for some.
func moved(from, to string, but ...string) bool {
	entries, err := os.ReadDir(from)
	if err != nil {
		return false
	}
	skip := " " + strings.Join(but, " ") + " "
	all := true
	for _, e := range entries {
		if e.Type()&os.ModeSymlink != 0 || strings.Contains(skip, " "+e.Name()+" ") {
			continue
		}
		target := filepath.Join(to, e.Name())
		if exists(target) || os.MkdirAll(to, 0o700) != nil || os.Rename(filepath.Join(from, e.Name()), target) != nil {
			all = false
		}
	}
	return all
}

func empty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}

// remove removes the folders; links are removed, and not what they lead to.
func (f *folders) remove() {
	if f.root != "" {
		os.RemoveAll(f.root)
	}
}

// environ is the environment of a rung.
func environ(r *evidence.Rung, env []string, f *folders) []string {
	changed := map[string]bool{}
	for _, c := range r.Unset {
		changed[c.Name] = true
	}
	for _, c := range r.Set {
		changed[c.Name] = true
	}
	for name := range f.set {
		changed[name] = true
	}
	var out []string
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		if changed[name] || r.Bare && !strings.HasPrefix(name, "LC_") && !isNeeded(name) {
			continue
		}
		out = append(out, v)
	}
	for _, c := range r.Set {
		out = append(out, c.Name+"="+c.Value)
	}
	for _, kind := range []string{"config", "cache", "data", "state"} {
		name := homes[kind][0]
		if dir := f.set[name]; dir != "" {
			out = append(out, name+"="+dir)
		}
	}
	return out
}

func isNeeded(name string) bool {
	for _, n := range needed {
		if n == name {
			return true
		}
	}
	return false
}
