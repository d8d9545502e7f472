// Package gosource computes runtime layouts from the Go sources of a toolchain,
// for any architecture, with go/types and the sizes of the gc compiler.
//
// It needs the sources only, not a build for the architecture: js/wasm, whose
// binaries carry no DWARF, is treated like the others. Start at [Load].
package gosource

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/gort/layout"
)

// Config says which runtime is meant.
type Config struct {
	GOROOT   string // of the toolchain whose sources are read
	GOOS     string
	GOARCH   string
	Minor    int      // 26 for go1.26: which go1.N build tags hold
	ToolTags []string // "goexperiment.greenteagc" and the like, as `go list -f '{{context.ToolTags}}'` prints them
}

// Load type-checks the packages of [layout.Wanted] and takes their layouts.
// Version and Source of the result are left to the caller.
func Load(c Config) (*layout.Layout, error) {
	sizes := types.SizesFor("gc", c.GOARCH)
	if sizes == nil {
		return nil, fmt.Errorf("no sizes for %s", c.GOARCH)
	}
	im := newImporter(c, sizes)
	l := &layout.Layout{
		Arch:    c.GOARCH,
		PtrSize: int(sizes.Sizeof(types.Typ[types.Uintptr])),
		Structs: map[string]layout.Struct{},
		Consts:  map[string]int64{},
	}
	t := taker{l: l, sizes: sizes}
	for _, pkgPath := range slices.Sorted(maps.Keys(layout.Wanted)) {
		if _, err := os.Stat(im.dir(pkgPath)); errors.Is(err, fs.ErrNotExist) {
			continue // not in this version; layout.Required says what may not lack
		}
		pkg, err := im.Import(pkgPath)
		if err != nil {
			return nil, err
		}
		for _, name := range layout.Wanted[pkgPath] {
			if typ := lookup(pkg, name); typ != nil {
				t.take(typeName(typ), typ)
			}
		}
	}
	if len(t.bad) > 0 {
		return nil, fmt.Errorf("types that do not resolve: %s", strings.Join(t.bad, ", "))
	}
	for _, pkgPath := range slices.Sorted(maps.Keys(im.packages)) {
		t.takeConsts(im.packages[pkgPath])
	}
	runtime := im.packages["runtime"]
	reasons, err := waitReasons(im.files["runtime"], runtime)
	if err != nil {
		return nil, err
	}
	l.WaitReasons = reasons
	return l, nil
}

// Experiments lists the names of all experiments that the toolchain knows, from
// the fields of internal/goexperiment.Flags.
func Experiments(c Config) ([]string, error) {
	im := newImporter(c, types.SizesFor("gc", c.GOARCH))
	pkg, err := im.Import("internal/goexperiment")
	if err != nil {
		return nil, err
	}
	flags, ok := pkg.Scope().Lookup("Flags").Type().Underlying().(*types.Struct)
	if !ok {
		return nil, fmt.Errorf("internal/goexperiment.Flags is no struct")
	}
	var names []string
	for field := range flags.Fields() {
		names = append(names, strings.ToLower(field.Name()))
	}
	return names, nil
}

// lookup finds a package-level type. A name with brackets is an instance of a
// generic type with `any` for each type parameter.
func lookup(pkg *types.Package, name string) types.Type {
	base, _, generic := strings.Cut(name, "[")
	obj, ok := pkg.Scope().Lookup(base).(*types.TypeName)
	if !ok {
		return nil
	}
	typ := types.Unalias(obj.Type())
	if !generic {
		return typ
	}
	named, ok := typ.(*types.Named)
	if !ok {
		return nil
	}
	args := make([]types.Type, named.TypeParams().Len())
	for i := range args {
		args[i] = types.Universe.Lookup("any").Type()
	}
	instance, err := types.Instantiate(nil, named, args, false)
	if err != nil {
		return nil
	}
	return instance
}

// importer type-checks packages of the standard library from source, without
// function bodies.
type importer struct {
	ctx      build.Context
	fset     *token.FileSet
	sizes    types.Sizes
	packages map[string]*types.Package
	files    map[string][]*ast.File
}

func newImporter(c Config, sizes types.Sizes) *importer {
	ctx := build.Default
	ctx.GOROOT, ctx.GOPATH, ctx.GOOS, ctx.GOARCH = c.GOROOT, "", c.GOOS, c.GOARCH
	ctx.CgoEnabled, ctx.Compiler, ctx.BuildTags = false, "gc", nil
	ctx.ToolTags = c.ToolTags
	ctx.ReleaseTags = nil
	for n := 1; n <= c.Minor; n++ {
		ctx.ReleaseTags = append(ctx.ReleaseTags, "go1."+strconv.Itoa(n))
	}
	return &importer{
		ctx: ctx, fset: token.NewFileSet(), sizes: sizes,
		packages: map[string]*types.Package{"unsafe": types.Unsafe},
		files:    map[string][]*ast.File{},
	}
}

// dir is where the sources of a package are.
func (im *importer) dir(pkgPath string) string {
	src := filepath.Join(im.ctx.GOROOT, "src")
	if strings.HasPrefix(pkgPath, "golang.org/x/") {
		src = filepath.Join(src, "vendor")
	}
	return filepath.Join(src, filepath.FromSlash(pkgPath))
}

// Import implements [types.Importer].
func (im *importer) Import(pkgPath string) (*types.Package, error) {
	if pkg, ok := im.packages[pkgPath]; ok {
		if pkg == nil {
			return nil, fmt.Errorf("import cycle through %s", pkgPath)
		}
		return pkg, nil
	}
	im.packages[pkgPath] = nil
	defer func() {
		if im.packages[pkgPath] == nil {
			delete(im.packages, pkgPath)
		}
	}()
	dir := im.dir(pkgPath)
	found, err := im.ctx.ImportDir(dir, 0)
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", pkgPath, err)
	}
	var files []*ast.File
	for _, name := range found.GoFiles {
		file, err := parser.ParseFile(im.fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", pkgPath, err)
		}
		files = append(files, file)
	}
	conf := types.Config{
		Importer: im, Sizes: im.sizes, IgnoreFuncBodies: true, FakeImportC: true,
		Error: func(error) {}, // go on after the first
	}
	// Errors are no end: a toolchain newer than this program's go/types may use
	// what it does not know. A wanted field whose type does not resolve is one;
	// see taker.bad.
	pkg, err := conf.Check(pkgPath, im.fset, files, nil)
	if pkg == nil {
		return nil, fmt.Errorf("package %s: %w", pkgPath, err)
	}
	im.packages[pkgPath], im.files[pkgPath] = pkg, files
	return pkg, nil
}

// taker copies struct layouts into l.
type taker struct {
	l     *layout.Layout
	sizes types.Sizes
	bad   []string // fields whose type could not be resolved
}

// take adds the struct or array typ under name, and what lies inside it.
func (t *taker) take(name string, typ types.Type) {
	if _, ok := t.l.Structs[name]; ok {
		return
	}
	switch under := typ.Underlying().(type) {
	case *types.Struct:
		var vars []*types.Var
		for v := range under.Fields() {
			vars = append(vars, v)
		}
		out := layout.Struct{Size: t.sizes.Sizeof(typ), Fields: make(map[string]layout.Field, len(vars))}
		t.l.Structs[name] = out
		offsets := t.sizes.Offsetsof(vars)
		for i, v := range vars {
			if v.Name() == "_" {
				continue
			}
			out.Fields[v.Name()] = layout.Field{
				Offset: offsets[i], Size: t.sizes.Sizeof(v.Type()),
				Type: t.nested(name+"."+v.Name(), v.Type()), Embedded: v.Embedded(),
			}
		}
	case *types.Array:
		size := t.sizes.Sizeof(typ)
		out := layout.Struct{Size: size, Fields: map[string]layout.Field{}}
		t.l.Structs[name] = out
		out.Fields["elem"] = layout.Field{Size: size, Type: t.nested(name+".elem", under)}
	}
}

// nested names the type of a field and takes the structs inside it. A type
// without a name that holds a struct is named after the field.
func (t *taker) nested(fieldName string, typ types.Type) string {
	typ = types.Unalias(typ)
	if typ == types.Typ[types.Invalid] {
		t.bad = append(t.bad, fieldName)
	}
	switch x := typ.(type) {
	case *types.Array:
		return "[" + strconv.FormatInt(x.Len(), 10) + "]" + t.nested(fieldName, x.Elem())
	case *types.Struct:
		t.take(fieldName, x)
		return fieldName
	case *types.Named:
		if _, ok := x.Underlying().(*types.Struct); ok {
			t.take(typeName(x), x)
		}
	}
	return typeName(typ)
}

func (t *taker) takeConsts(pkg *types.Package) {
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		c, ok := scope.Lookup(name).(*types.Const)
		if !ok || !layout.WantsConst(pkg.Path(), name) || c.Val() == nil {
			continue
		}
		v := constant.ToInt(c.Val())
		if v.Kind() != constant.Int {
			continue
		}
		if b, ok := c.Type().Underlying().(*types.Basic); !ok || b.Info()&types.IsInteger == 0 {
			continue
		}
		if n, exact := constant.Int64Val(v); exact {
			t.l.Consts[pkg.Path()+"."+name] = n
		} else if n, exact := constant.Uint64Val(v); exact {
			t.l.Consts[pkg.Path()+"."+name] = int64(n)
		}
	}
}

// waitReasons reads the literal of runtime.waitReasonStrings.
func waitReasons(files []*ast.File, runtime *types.Package) ([]string, error) {
	lit := arrayLiteral(files, "waitReasonStrings")
	if lit == nil {
		return nil, fmt.Errorf("runtime.waitReasonStrings: no literal found")
	}
	var reasons []string
	for _, elt := range lit.Elts {
		pair, ok := elt.(*ast.KeyValueExpr)
		if !ok {
			return nil, fmt.Errorf("runtime.waitReasonStrings: an element without key")
		}
		key, ok1 := pair.Key.(*ast.Ident)
		value, ok2 := pair.Value.(*ast.BasicLit)
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("runtime.waitReasonStrings: an element that is not name: text")
		}
		c, ok := runtime.Scope().Lookup(key.Name).(*types.Const)
		if !ok {
			return nil, fmt.Errorf("runtime.waitReasonStrings: %s is no constant", key.Name)
		}
		n, _ := constant.Int64Val(c.Val())
		text, err := strconv.Unquote(value.Value)
		if err != nil || n < 0 || n > 255 {
			return nil, fmt.Errorf("runtime.waitReasonStrings: bad element %s", key.Name)
		}
		for int64(len(reasons)) <= n {
			reasons = append(reasons, "")
		}
		reasons[n] = text
	}
	return reasons, nil
}

func arrayLiteral(files []*ast.File, name string) *ast.CompositeLit {
	for _, file := range files {
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok || len(v.Names) != 1 || v.Names[0].Name != name || len(v.Values) != 1 {
					continue
				}
				if lit, ok := v.Values[0].(*ast.CompositeLit); ok {
					return lit
				}
			}
		}
	}
	return nil
}

// typeName spells a type as the linker does in DWARF.
func typeName(typ types.Type) string {
	switch x := types.Unalias(typ).(type) {
	case *types.Basic:
		switch x.Kind() {
		case types.Byte:
			return "uint8"
		case types.Rune:
			return "int32"
		}
		if x.Kind() == types.UnsafePointer {
			return "unsafe.Pointer"
		}
		return x.Name()
	case *types.Named:
		obj := x.Obj()
		name := obj.Name()
		if obj.Pkg() != nil {
			name = obj.Pkg().Path() + "." + name
		}
		if x.TypeArgs().Len() > 0 {
			var args []string
			for arg := range x.TypeArgs().Types() {
				args = append(args, typeName(arg))
			}
			name += "[" + strings.Join(args, ",") + "]"
		}
		return name
	case *types.Pointer:
		return "*" + typeName(x.Elem())
	case *types.Slice:
		return "[]" + typeName(x.Elem())
	case *types.Array:
		return "[" + strconv.FormatInt(x.Len(), 10) + "]" + typeName(x.Elem())
	case *types.Map:
		return "map[" + typeName(x.Key()) + "]" + typeName(x.Elem())
	case *types.Chan:
		switch x.Dir() {
		case types.SendOnly:
			return "chan<- " + typeName(x.Elem())
		case types.RecvOnly:
			return "<-chan " + typeName(x.Elem())
		}
		return "chan " + typeName(x.Elem())
	case *types.Signature:
		return "func" + signature(x)
	case *types.Interface:
		if x.NumMethods() == 0 {
			return "interface {}"
		}
		return "interface {…}"
	case *types.Struct:
		if x.NumFields() == 0 {
			return "struct {}"
		}
		return "struct {…}"
	}
	return typ.String()
}

func signature(s *types.Signature) string {
	list := func(tuple *types.Tuple, variadic bool) []string {
		var out []string
		for i := range tuple.Len() {
			name := typeName(tuple.At(i).Type())
			if variadic && i == tuple.Len()-1 {
				name = "..." + strings.TrimPrefix(name, "[]")
			}
			out = append(out, name)
		}
		return out
	}
	text := "(" + strings.Join(list(s.Params(), s.Variadic()), ", ") + ")"
	switch results := list(s.Results(), false); len(results) {
	case 0:
		return text
	case 1:
		return text + " " + results[0]
	default:
		return text + " (" + strings.Join(results, ", ") + ")"
	}
}
