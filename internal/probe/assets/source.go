package assets

import (
	"os"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/assets/source"
)

// source examines a project's source.
func (x *examination) source() error {
	p, err := source.Read(x.ctx, x.Path, x.Progress)
	if err != nil {
		return err
	}
	x.r.Target = p.Target
	x.r.Assets.From = evidence.FromSource
	x.fyne = p.Target.Toolkit == "fyne"
	cwd, _ := os.Getwd()
	x.folders(append([]string{p.Dir, p.Root}, append(p.Mains, cwd)...)...)
	l := newLookup(x.r.Assets.Folders, false)
	l.written, l.asked = p.Written, p.Asked
	keys := map[string]bool{}
	for i := range p.Embeds {
		e := &p.Embeds[i]
		if e.Kind == evidence.AssetEmbedFS {
			l.trees[e.Var] = map[string]bool{".": true}
		}
		for _, f := range e.Files {
			at := e.At
			c := content{Asset: evidence.Asset{Name: f.Name, Named: true, Kind: e.Kind, In: e.Var, Path: f.Path, At: &at}}
			if len(x.r.list) < maxContents {
				x.r.list = append(x.r.list, c)
			}
			if e.Kind == evidence.AssetEmbedFS {
				l.add(e.Var, f.Name)
			}
			if strings.HasSuffix(f.Name, ".json") {
				if b, err := c.bytes(); err == nil {
					keysOf(b, keys)
				}
			}
		}
		for _, lost := range e.Lost {
			u := evidence.AssetUse{Name: lost.Text, Kind: evidence.UsePattern, Loader: "//go:embed", At: lost.At, In: e.Var, Broken: true, Fatal: true}
			x.r.Assets.Uses = append(x.r.Assets.Uses, u)
		}
	}
	for i := range p.Bundled {
		b := &p.Bundled[i]
		at := b.At
		x.r.list = append(x.r.list, content{Asset: evidence.Asset{Name: b.Name, Named: b.Named, Kind: b.Kind, In: b.Var, At: &at}, data: b.Data})
		l.embedded[b.Name] = true
		keysOf(b.Data, keys)
	}
	for _, f := range p.Fyne { // the toolkit's own translations
		if b, err := os.ReadFile(f); err == nil {
			keysOf(b, keys)
		}
	}
	for i := range p.Uses {
		x.use(l, &p.Uses[i], p, keys)
	}
	for _, c := range p.Cut {
		x.limit("cut", c)
	}
	return nil
}

// use looks one name up.
func (x *examination) use(l *lookup, u *source.Use, p *source.Project, keys map[string]bool) {
	e := evidence.AssetUse{Name: u.Name, Kind: u.Loader.Kind, Loader: u.Loader.Func, At: u.At, Load: u.Load, In: u.Var, Excuse: u.Excuse, Fatal: u.Fatal, Partly: u.Partly}
	switch e.Kind {
	case evidence.UseIcon:
		if p.Icons == nil {
			return
		}
		if p.Icons[u.Name] {
			e.Found = "theme"
		}
		e.Partly = e.Partly || p.Icons["*"]
	case evidence.UseTranslation:
		if !p.Translates {
			return
		}
		if keys[u.Name] {
			e.Found = "translations"
		}
	default:
		folders := l.folders
		if x.Dir == "" && u.Pkg != "" { // its own package's folder: a program that is run there
			l.folders = append(folders[:len(folders):len(folders)], u.Pkg)
		}
		l.resolve(&e, u.Prefix, u.Dir)
		l.folders = folders
	}
	const maxUses = 20_000
	if len(x.r.Assets.Uses) < maxUses {
		x.r.Assets.Uses = append(x.r.Assets.Uses, e)
	}
	x.onDisk(&e)
}
