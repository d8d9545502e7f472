package source

import (
	"go/ast"
	"go/constant"
	"go/token"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/assets/decode"
)

// Bundle is a resource that is written in the code: a fyne.StaticResource as fyne bundle
// makes it, or a shader or a picture in a string.
type Bundle struct {
	Name  string
	Named bool // Name is a file's name
	Kind  string
	Var   string
	Data  []byte
	At    evidence.Frame // where the text begins
}

const (
	maxBundles   = 10_000
	leastLiteral = 64
)

// bundles looks for them in the project's own packages.
func (p *program) bundles() {
	for _, g := range p.all {
		if !g.own {
			continue
		}
		for _, f := range g.files {
			taken := map[ast.Node]bool{}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CompositeLit:
					p.resource(g, n, taken)
				case *ast.BasicLit:
					if n.Kind == token.STRING && !taken[n] {
						p.literal(g, n)
					}
				}
				return len(p.out.Bundled) < maxBundles
			})
		}
	}
	for _, g := range p.all {
		if g.PkgPath == "fyne.io/fyne/v2/lang" && len(g.GoFiles) > 0 {
			p.out.Fyne, _ = filepath.Glob(filepath.Join(filepath.Dir(g.GoFiles[0]), "translations", "*.json"))
		}
	}
	for f := range p.funcs {
		each(f, func(in ssa.Instruction) {
			if c, ok := in.(ssa.CallInstruction); ok {
				name, _, _ := callee(c.Common())
				if strings.HasPrefix(name, "fyne.io/fyne/v2/lang.AddTranslations") && f.Pkg != nil && f.Pkg.Pkg.Path() != "fyne.io/fyne/v2/lang" {
					p.out.Translates = true
				}
			}
		})
	}
}

// resource reads a literal fyne.StaticResource.
func (p *program) resource(g *pkg, n *ast.CompositeLit, taken map[ast.Node]bool) {
	t := g.info.Types[n].Type
	if t == nil || !strings.HasSuffix(t.String(), "fyne.io/fyne/v2.StaticResource") {
		return
	}
	b := Bundle{Kind: evidence.AssetFyne, Named: true}
	var literal ast.Expr
	for i, e := range n.Elts {
		key, value := "", e
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			value = kv.Value
			if id, ok := kv.Key.(*ast.Ident); ok {
				key = id.Name
			}
		} else {
			key = []string{"StaticName", "StaticContent"}[min(i, 1)]
		}
		switch key {
		case "StaticName":
			if v := g.info.Types[value].Value; v != nil && v.Kind() == constant.String {
				b.Name = constant.StringVal(v)
			}
		case "StaticContent":
			if c, ok := value.(*ast.CallExpr); ok && len(c.Args) == 1 {
				if v := g.info.Types[c.Args[0]].Value; v != nil && v.Kind() == constant.String {
					literal, b.Data = c.Args[0], []byte(constant.StringVal(v))
				}
			}
		}
	}
	if b.Name == "" || literal == nil {
		return
	}
	ast.Inspect(literal, func(n ast.Node) bool {
		taken[n] = true
		return true
	})
	b.At = p.frame(n.Pos(), g.PkgPath+".init", g.types)
	p.out.Bundled = append(p.out.Bundled, b)
}

// literal takes a text that is a shader or a picture.
func (p *program) literal(g *pkg, n *ast.BasicLit) {
	if len(n.Value) < leastLiteral {
		return
	}
	v := g.info.Types[n].Value
	if v == nil || v.Kind() != constant.String {
		return
	}
	s := constant.StringVal(v)
	switch format := decode.Sniff([]byte(s)); {
	case format == "kage":
	case format == "svg" && strings.Contains(s, "</svg>") && !strings.Contains(s, "%"):
	default:
		return
	}
	at := p.frame(n.Pos(), g.PkgPath+".init", g.types)
	p.out.Bundled = append(p.out.Bundled, Bundle{Name: filepath.Base(at.File), Kind: evidence.AssetString, Data: []byte(s), At: at})
}
