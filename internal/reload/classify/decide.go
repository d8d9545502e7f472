package classify

import (
	"github.com/gomedic/gomedic/internal/text"
)

// decide turns what was found into what can be done: a change that could be swapped
// cannot when it is in a package that the host itself runs.
func (p *Program) decide(r *Result) {
	touched := make(map[string]bool)
	for i := range r.Changes {
		c := &r.Changes[i]
		if c.Action == Skip || c.Package == "" {
			continue
		}
		touched[c.Package] = true
		if why, k := p.held(c.Package); why.Key != "" && c.Action < Restart {
			c.Action, c.Reason = Restart, text.T("reload.why.both", c.Reason, why)
			if c.Kind == Body || c.Kind == Signature || c.Kind == Layout || c.Kind == Variable {
				c.Kind = k
			}
		}
	}
	for path := range p.dirty {
		touched[path] = true
	}
	r.Packages = sortedKeys(touched)
	for _, c := range r.Changes {
		r.Action = max(r.Action, c.Action)
	}
	if r.Action == Swap || r.Action == Migrate {
		p.native(r)
	}
}

// held says why a package cannot be swapped, whatever changed in it.
func (p *Program) held(path string) (text.Text, Kind) {
	switch s := p.packages[path]; {
	case path == p.list.Main.ImportPath:
		return text.T("reload.why.main"), Main
	case len(p.components) == 0:
		return text.T("reload.why.none"), Shared
	case p.hostSide[path]:
		return text.T("reload.why.shared", path), Shared
	case s != nil && s.Native():
		return text.T("reload.why.package", path), Native
	}
	return text.Text{}, ""
}

// native looks for a package that would have to be built anew, because it imports
// what changed, and is not only Go.
func (p *Program) native(r *Result) {
	reached := p.list.Reach(p.components, nil)
	for _, l := range p.list.Dependents(r.Packages...) {
		if l.Native() && reached[l.ImportPath] && l.ImportPath != p.list.Main.ImportPath {
			r.Changes = append(r.Changes, Change{Kind: Native, Action: Restart, Package: l.ImportPath, File: l.Dir, Reason: text.T("reload.why.package", l.ImportPath)})
			r.Action = Restart
		}
	}
}
