package wasmbundle

import (
	"bytes"
	"context"
	"strings"
)

// SafeMode is what the emergency variant does less of.
type SafeMode struct {
	Switches []Switch `json:"switches"` // those that were used
	Without  []Switch `json:"without"`  // those that would change nothing here
	ratio    float64
}

// Switch is one way to have a toolkit do less work.
type Switch struct {
	Name string `json:"name"` // "-tags no_animations", "devicePixelRatio 1"
	Key  string `json:"key"`  // of the sentence that says what it does
	tag  string
}

// safeTags are the build tags by which a toolkit does less on js/wasm, from the
// constraints in its source (Fyne 2.5 to 2.7: internal/build, theme). Gio has none that a
// file for js heeds; Ebitengine's ebitenginesinglethread changes a constant that is not
// asked for on js (internal/ui/run.go, 2.9), where there is one thread anyway.
var safeTags = []struct{ pkg, tag, key string }{
	{"fyne.io/fyne/v2", "no_animations", "bundle.safe.animations"},
	{"fyne.io/fyne/v2", "no_emoji", "bundle.safe.emoji"},
}

// safeMode finds the tags that change which files of the program's packages are built:
// a tag that changes none is not passed.
func (p *program) safeMode(ctx context.Context, o *Options) (*SafeMode, error) {
	s := &SafeMode{Switches: []Switch{}, Without: []Switch{}}
	plain := ""
	for _, t := range safeTags {
		if !p.uses(t.pkg) {
			continue
		}
		if plain == "" {
			var err error
			if plain, err = fileLists(ctx, o, nil); err != nil {
				return nil, err
			}
		}
		with, err := fileLists(ctx, o, []string{t.tag})
		if err != nil {
			return nil, err
		}
		w := Switch{"-tags " + t.tag, t.key, t.tag}
		if with == plain {
			s.Without = append(s.Without, w)
		} else {
			s.Switches = append(s.Switches, w)
		}
	}
	return s, nil
}

func (p *program) uses(pkg string) bool {
	for _, d := range p.Deps {
		if d == pkg || strings.HasPrefix(d, pkg+"/") {
			return true
		}
	}
	return false
}

// fileLists are the files from which the program and its packages are built.
func fileLists(ctx context.Context, o *Options, more []string) (string, error) {
	args := []string{"list", "-deps", "-f", "{{.ImportPath}} {{.GoFiles}} {{.EmbedFiles}}"}
	if tags := append(splitTags(o.Tags), more...); len(tags) > 0 {
		args = append(args, "-tags="+strings.Join(tags, ","))
	}
	out, err := goCommand(ctx, o.Dir, append(args, "--", o.Package)...)
	return string(out), err
}

func (s *SafeMode) tags() []string {
	var out []string
	for _, w := range s.Switches {
		if w.tag != "" {
			out = append(out, w.tag)
		}
	}
	return out
}

// page adds what the page itself can do: on a screen with two device pixels a CSS
// pixel, a program that is told of one draws a quarter of them. Ebitengine, Gio and
// Fyne ask the browser for it by this name, which is then in the data.
func (s *SafeMode) page(image []byte) {
	w := Switch{Name: "devicePixelRatio 1", Key: "bundle.safe.ratio"}
	if bytes.Contains(image, []byte("devicePixelRatio")) {
		s.ratio = 1
		s.Switches = append(s.Switches, w)
	} else {
		s.Without = append(s.Without, w)
	}
}
