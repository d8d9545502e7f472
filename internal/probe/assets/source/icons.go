package source

import (
	"go/constant"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

const fyneTheme = "fyne.io/fyne/v2/theme"

// icons are the names that Fyne's theme has, by the constants of its package, and those
// that a theme of the project compares with or lists.
func (p *program) icons() {
	for _, g := range p.all {
		if g.PkgPath != fyneTheme || g.types == nil {
			continue
		}
		p.out.Icons = map[string]bool{}
		scope := g.types.Scope()
		for _, name := range scope.Names() {
			if c, ok := scope.Lookup(name).(*types.Const); ok && isIconName(c.Type()) {
				p.out.Icons[constant.StringVal(c.Val())] = true
			}
		}
	}
	if p.out.Icons == nil {
		return
	}
	for f := range p.funcs {
		if f.Name() != "Icon" || f.Signature.Recv() == nil || f.Signature.Params().Len() != 1 || !isIconName(f.Signature.Params().At(0).Type()) {
			continue
		}
		// A theme of the project: any text in it, and in what it looks up, may be a name.
		p.out.Icons["*"] = true
		each(f, func(in ssa.Instruction) {
			for _, op := range in.Operands(nil) {
				if c, ok := (*op).(*ssa.Const); ok && c.Value != nil && c.Value.Kind() == constant.String {
					p.out.Icons[constant.StringVal(c.Value)] = true
				}
			}
			if l, ok := in.(*ssa.Lookup); ok {
				for _, t := range known(p.mapped(l.X, true, nil)) {
					p.out.Icons[t.text] = true
				}
			}
		})
	}
}

func isIconName(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "ThemeIconName"
}
