package source

import (
	"cmp"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// build makes the SSA form of the project's own packages. A package that does not
// type-check is left out: its form cannot be made.
func (p *program) build() {
	p.ssa = ssa.NewProgram(p.fset, ssa.InstantiateGenerics)
	for _, g := range p.all {
		if g.types == nil || g.types == types.Unsafe {
			continue
		}
		if g.own && g.fault == "" {
			p.ssa.CreatePackage(g.types, g.files, g.info, true)
		} else {
			p.ssa.CreatePackage(g.types, nil, nil, true)
		}
	}
	for _, g := range p.all {
		if !g.own || g.fault != "" || g.types == nil {
			continue
		}
		if s := p.ssa.Package(g.types); s != nil {
			if err := safely(s.Build); err != nil {
				p.out.Cut = append(p.out.Cut, g.PkgPath+": "+err.Error())
				continue
			}
			p.collect(s)
		}
	}
}

func safely(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	f()
	return nil
}

// collect notes the package's functions: those with a body, methods and closures.
func (p *program) collect(s *ssa.Package) {
	var add func(f *ssa.Function)
	add = func(f *ssa.Function) {
		if f == nil || p.funcs[f] {
			return
		}
		p.funcs[f] = true
		for _, a := range f.AnonFuncs {
			add(a)
		}
	}
	for _, m := range s.Members {
		switch m := m.(type) {
		case *ssa.Function:
			add(m)
		case *ssa.Type:
			for _, t := range []types.Type{m.Type(), types.NewPointer(m.Type())} {
				set := p.ssa.MethodSets.MethodSet(t)
				for i := range set.Len() {
					if f, ok := set.At(i).Obj().(*types.Func); ok && f.Pkg() == s.Pkg {
						add(p.ssa.FuncValue(f))
					}
				}
			}
		}
	}
}

func each(f *ssa.Function, visit func(ssa.Instruction)) {
	for _, b := range f.Blocks {
		for _, in := range b.Instrs {
			visit(in)
		}
	}
}

// index notes who calls whom and what is stored where.
func (p *program) index() {
	for f := range p.funcs {
		each(f, func(in ssa.Instruction) {
			p.addresses(in)
			switch in := in.(type) {
			case ssa.CallInstruction:
				if callee := in.Common().StaticCallee(); callee != nil {
					if o := callee.Origin(); o != nil {
						callee = o
					}
					p.calls[callee] = append(p.calls[callee], in)
				}
			case *ssa.Store:
				switch a := in.Addr.(type) {
				case *ssa.Global:
					p.stores[a] = append(p.stores[a], in)
				case *ssa.FieldAddr:
					k := fieldKey{structOf(a.X.Type()), a.Field}
					p.fields[k] = append(p.fields[k], in)
				}
			}
		})
	}
}

// addresses notes the package variables whose address goes somewhere.
func (p *program) addresses(in ssa.Instruction) {
	switch in := in.(type) {
	case *ssa.UnOp, *ssa.FieldAddr, *ssa.IndexAddr, *ssa.DebugRef:
		return
	case *ssa.Store:
		if g, ok := in.Val.(*ssa.Global); ok {
			p.derived[g] = true
		}
		return
	}
	for _, op := range in.Operands(nil) {
		if g, ok := (*op).(*ssa.Global); ok {
			p.derived[g] = true
		}
	}
}

// structOf is the named or plain struct type behind a pointer.
func structOf(t types.Type) types.Type {
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	return types.Unalias(t)
}

// nameOf is a function's name as the function table has it.
func nameOf(f *types.Func) string {
	if f == nil || f.Pkg() == nil {
		return ""
	}
	sig, ok := f.Type().(*types.Signature)
	if !ok || sig.Recv() == nil {
		return f.Pkg().Path() + "." + f.Name()
	}
	t, star := types.Unalias(sig.Recv().Type()), false
	if ptr, ok := t.(*types.Pointer); ok {
		t, star = types.Unalias(ptr.Elem()), true
	}
	name := ""
	if n, ok := t.(*types.Named); ok {
		name = n.Obj().Name()
	}
	if star {
		return f.Pkg().Path() + ".(*" + name + ")." + f.Name()
	}
	return f.Pkg().Path() + "." + name + "." + f.Name()
}

// callee is the name of what is called, its arguments without the receiver, and the
// receiver, if any.
func callee(c *ssa.CallCommon) (name string, args []ssa.Value, recv ssa.Value) {
	if c.IsInvoke() {
		return nameOf(c.Method), c.Args, c.Value
	}
	if f := c.StaticCallee(); f != nil {
		o, _ := f.Object().(*types.Func)
		args = c.Args
		if o != nil && f.Signature.Recv() != nil && len(args) > 0 {
			return nameOf(o), args[1:], args[0]
		}
		return nameOf(o), args, nil
	}
	// A function variable of another package that nothing here changes: lang.L.
	if u, ok := c.Value.(*ssa.UnOp); ok && u.Op == token.MUL {
		if g, ok := u.X.(*ssa.Global); ok && g.Pkg != nil {
			return g.Pkg.Pkg.Path() + "." + g.Name(), c.Args, nil
		}
	}
	return "", nil, nil
}

// find looks at each call of a function that loads, writes or asks.
func (p *program) find() {
	for f := range p.funcs {
		each(f, func(in ssa.Instruction) {
			switch in := in.(type) {
			case ssa.CallInstruction:
				p.call(f, in)
			case *ssa.ChangeType:
				p.httpDir(f, in)
			}
		})
	}
	slices.SortFunc(p.out.Uses, func(a, b Use) int {
		return cmp.Or(strings.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line), strings.Compare(a.Name, b.Name), strings.Compare(a.Loader.Func, b.Loader.Func), strings.Compare(a.Var, b.Var), strings.Compare(a.Excuse, b.Excuse))
	})
	p.out.Uses = slices.CompactFunc(p.out.Uses, func(a, b Use) bool {
		return a.At == b.At && a.Name == b.Name && a.Loader == b.Loader && a.Var == b.Var
	})
	for i := range p.out.Uses {
		u := &p.out.Uses[i]
		u.Name = strings.ToValidUTF8(u.Name, "\uFFFD")
	}
}

// httpDir: http.Dir("static") names a folder.
func (p *program) httpDir(f *ssa.Function, in *ssa.ChangeType) {
	if n, ok := types.Unalias(in.Type()).(*types.Named); ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "net/http" && n.Obj().Name() == "Dir" {
		if c, ok := in.X.(*ssa.Const); ok && c.Value != nil && c.Value.Kind() == constant.String {
			l := toolkit.LoaderOf("os.ReadDir")
			p.out.Uses = append(p.out.Uses, Use{Name: constant.StringVal(c.Value), Loader: l, At: p.frame(in.Pos(), f.RelString(nil), f.Pkg.Pkg), Pkg: p.folder(f)})
		}
	}
}

func (p *program) folder(f *ssa.Function) string {
	return filepath.Dir(p.fset.Position(f.Pos()).Filename)
}

func (p *program) call(f *ssa.Function, in ssa.CallInstruction) {
	name, args, recv := callee(in.Common())
	if name == "" {
		return
	}
	if i, ok := toolkit.WriterArg(name); ok && i < len(args) {
		for _, c := range p.names(args[i]) {
			p.out.Written[filepath.ToSlash(c.text)] = true
		}
		return
	}
	if toolkit.AsksFor(name) {
		for _, a := range args {
			for _, c := range p.names(a) {
				p.out.Asked[filepath.ToSlash(c.text)] = true
			}
		}
		return
	}
	l := toolkit.LoaderOf(name)
	if l == nil || l.Arg >= len(args) {
		return
	}
	if l.Func == "os.OpenFile" && p.creates(args, l) {
		return
	}
	load := p.frame(in.Pos(), function(f), f.Pkg.Pkg)
	excuse, fatal := "", false
	if v, ok := in.(*ssa.Call); ok && l.Err >= 0 {
		excuse, fatal = p.handling(v, nil)
	} else if l.Err >= 0 { // go, defer: nobody sees the error
		excuse = evidence.ExcuseDropped
	}
	var names []text
	if l.Rest {
		names = known(p.elements(args[l.Arg], nil))
	} else {
		names = p.names(args[l.Arg])
	}
	searched := p.searches(names, l)
	for _, c := range names {
		u := Use{Name: c.text, Loader: l, At: load, Excuse: excuse, Fatal: fatal, Pkg: p.folder(f)}
		if c.pos.IsValid() && p.fset.Position(c.pos).Line != 0 {
			at := p.frame(c.pos, function(c.in), c.in.Pkg.Pkg)
			if at.File != load.File || at.Line != load.Line {
				u.At, u.Load = at, &load
				u.Pkg = p.folder(c.in)
			}
		}
		if c.call != nil && (fatal || excuse == "") { // the caller may make less of it
			if e, fatal := p.handling(c.call, nil); e != "" && returnsError(c.call) {
				u.Excuse, u.Fatal = e, fatal
			}
		}
		u.Partly = c.partly
		if searched && !u.Fatal {
			u.Excuse = evidence.ExcuseOptional
		}
		if l.FS >= 0 {
			p.fileSystem(&u, l, args, recv)
		}
		p.out.Uses = append(p.out.Uses, u)
	}
}

// searches reports whether the names are places to look in, one after the other, and one
// of them is there: the first that is found is taken.
func (p *program) searches(names []text, l *toolkit.Loader) bool {
	if len(names) < 2 || l.Kind != evidence.UsePath {
		return false
	}
	base := filepath.Base(names[0].text)
	for _, n := range names[1:] {
		if filepath.Base(n.text) != base {
			return false
		}
	}
	return true
}

func returnsError(c *ssa.Call) bool {
	res := c.Call.Signature().Results()
	return res.Len() > 0 && isError(res.At(res.Len()-1).Type())
}

// creates reports whether os.OpenFile may make the file, and notes its name.
func (p *program) creates(args []ssa.Value, l *toolkit.Loader) bool {
	if len(args) < 2 {
		return false
	}
	c, ok := args[1].(*ssa.Const)
	if !ok || c.Value == nil {
		return true
	}
	flags, _ := constant.Int64Val(constant.ToInt(c.Value))
	const create = 0x40 // of linux, for which the types were made
	if flags&create == 0 {
		return false
	}
	for _, c := range p.names(args[l.Arg]) {
		p.out.Written[filepath.ToSlash(c.text)] = true
	}
	return true
}

// function is a function's name as the function table has it, near enough.
func function(f *ssa.Function) string {
	if o, ok := f.Object().(*types.Func); ok {
		name := nameOf(o)
		if f.Pkg != nil && f.Pkg.Pkg.Name() == "main" {
			name = "main" + strings.TrimPrefix(name, f.Pkg.Pkg.Path())
		}
		return name
	}
	if f.Parent() != nil {
		return function(f.Parent()) + ".func" + strings.TrimPrefix(f.Name(), f.Parent().Name()+"$")
	}
	if f.Pkg != nil {
		if f.Pkg.Pkg.Name() == "main" {
			return "main." + f.Name()
		}
		return f.Pkg.Pkg.Path() + "." + f.Name()
	}
	return f.Name()
}

// fileSystem finds out which file system is asked.
func (p *program) fileSystem(u *Use, l *toolkit.Loader, args []ssa.Value, recv ssa.Value) {
	fsys := recv
	if fsys == nil && len(args) > 0 {
		fsys = args[0]
	}
	s := p.system(fsys, 0)
	u.Var, u.Prefix, u.Dir = s.embedded, s.prefix, s.dir
}

// system is a file system that a value may be.
type system struct{ embedded, prefix, dir string }

func (p *program) system(v ssa.Value, depth int) (s system) {
	if v == nil || depth > 6 {
		return s
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return p.system(v.X, depth+1)
	case *ssa.ChangeInterface:
		return p.system(v.X, depth+1)
	case *ssa.ChangeType:
		return p.system(v.X, depth+1)
	case *ssa.Extract:
		return p.system(v.Tuple, depth+1)
	case *ssa.TypeAssert:
		return p.system(v.X, depth+1)
	case *ssa.UnOp:
		if v.Op != token.MUL {
			return s
		}
		switch a := v.X.(type) {
		case *ssa.Global:
			if isEmbed(v.Type()) {
				return system{embedded: variable(a)}
			}
			if all := p.stores[a]; len(all) == 1 {
				return p.system(all[0].Val, depth+1)
			}
		case *ssa.FieldAddr:
			if all := p.fields[fieldKey{structOf(a.X.Type()), a.Field}]; len(all) == 1 {
				return p.system(all[0].Val, depth+1)
			}
		case *ssa.Alloc:
			if all := storesTo(a); len(all) == 1 {
				return p.system(all[0].Val, depth+1)
			}
		case *ssa.FreeVar:
			if b := bound(a); b != nil {
				if alloc, ok := b.(*ssa.Alloc); ok {
					if all := storesTo(alloc); len(all) == 1 {
						return p.system(all[0].Val, depth+1)
					}
				}
			}
		}
	case *ssa.Parameter:
		var one *system
		for _, c := range p.calls[v.Parent()] {
			if i := index(v); i < len(c.Common().Args) {
				got := p.system(c.Common().Args[i], depth+1)
				if one != nil && *one != got {
					return s
				}
				one = &got
			}
		}
		if one != nil {
			return *one
		}
	case *ssa.Call:
		name, args, _ := callee(&v.Call)
		switch {
		case name == "io/fs.Sub" && len(args) == 2:
			s = p.system(args[0], depth+1)
			if dirs := p.names(args[1]); len(dirs) == 1 && (s.embedded != "" || s.dir != "") {
				s.prefix = join(s.prefix, dirs[0].text)
				return s
			}
			return system{}
		case name == "os.DirFS" && len(args) == 1:
			if dirs := p.names(args[0]); len(dirs) == 1 {
				return system{dir: dirs[0].text}
			}
		default:
			if f := v.Call.StaticCallee(); f != nil && p.funcs[f] {
				return p.result(f, depth+1)
			}
		}
	}
	return s
}

// result is the file system that a function of the project returns.
func (p *program) result(f *ssa.Function, depth int) (s system) {
	n := 0
	each(f, func(in ssa.Instruction) {
		if r, ok := in.(*ssa.Return); ok && len(r.Results) > 0 {
			if got := p.system(r.Results[0], depth); got != (system{}) {
				s = got
				n++
			}
		}
	})
	if n != 1 {
		return system{}
	}
	return s
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "/" + b
}

func isEmbed(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "embed" && n.Obj().Name() == "FS"
}

// variable names a package variable as symbols do.
func variable(g *ssa.Global) string {
	if g.Pkg.Pkg.Name() == "main" {
		return "main." + g.Name()
	}
	return g.Pkg.Pkg.Path() + "." + g.Name()
}
