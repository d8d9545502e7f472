package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"path"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/toolkit"
)

// declared is what a module's sources declare that the heap tables may name.
type declared struct {
	types     map[string]*declaredType // by full name
	vars      map[string][]string      // operating systems, by full name
	functions map[string][]string
}

type declaredType struct {
	on      []string
	methods []string // of an interface
	fields  map[string]declaredField
}

type declaredField struct {
	on       []string
	typeName string        // the full name of its type, without stars and brackets
	in       *declaredType // a struct without a name
}

// inFile adds what a file declares.
func (d *declared) inFile(pkg string, file *ast.File, on []string) {
	imports := importsOf(file)
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					d.vars[pkg+"."+name.Name] = merge(d.vars[pkg+"."+name.Name], on)
				}
			case *ast.TypeSpec:
				name := pkg + "." + spec.Name.Name
				t := d.types[name]
				if t == nil {
					t = &declaredType{fields: map[string]declaredField{}}
					d.types[name] = t
				}
				t.on = merge(t.on, on)
				switch expr := spec.Type.(type) {
				case *ast.StructType:
					t.addFields(pkg, imports, expr, on)
				case *ast.InterfaceType:
					for _, m := range expr.Methods.List {
						for _, n := range m.Names {
							t.methods = merge(t.methods, []string{n.Name})
						}
					}
				}
			}
		}
	}
}

func (t *declaredType) addFields(pkg string, imports map[string]string, s *ast.StructType, on []string) {
	for _, f := range s.Fields.List {
		field := declaredField{on: on, typeName: fullName(pkg, imports, f.Type)}
		if inner, ok := f.Type.(*ast.StructType); ok {
			field.in = &declaredType{fields: map[string]declaredField{}}
			field.in.addFields(pkg, imports, inner, on)
		}
		names := f.Names
		if len(names) == 0 {
			name := field.typeName[strings.LastIndexByte(field.typeName, '.')+1:]
			names = []*ast.Ident{{Name: name}}
		}
		for _, n := range names {
			old := t.fields[n.Name]
			field.on = merge(old.on, on)
			t.fields[n.Name] = field
		}
	}
}

// importsOf gives the paths of a file's imports by the names the file uses. A package
// whose path ends in a version, such as v2, is named by what is before it.
func importsOf(file *ast.File) map[string]string {
	imports := map[string]string{}
	for _, im := range file.Imports {
		p := strings.Trim(im.Path.Value, `"`)
		name := path.Base(p)
		if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789.") == "" {
			name = path.Base(path.Dir(p))
		}
		if im.Name != nil {
			name = im.Name.Name
		}
		imports[name] = p
	}
	return imports
}

// fullName is the name of the type behind stars, brackets and type arguments, "" of
// one without a name.
func fullName(pkg string, imports map[string]string, expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return fullName(pkg, imports, e.X)
	case *ast.ArrayType:
		return fullName(pkg, imports, e.Elt)
	case *ast.MapType:
		return fullName(pkg, imports, e.Value)
	case *ast.IndexExpr:
		if x, ok := e.X.(*ast.SelectorExpr); ok && x.Sel.Name == "Pointer" {
			return fullName(pkg, imports, e.Index) // atomic.Pointer
		}
		return fullName(pkg, imports, e.X)
	case *ast.IndexListExpr:
		return fullName(pkg, imports, e.X)
	case *ast.Ident:
		if types.Universe.Lookup(e.Name) != nil {
			return e.Name
		}
		return pkg + "." + e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return imports[x.Name] + "." + e.Sel.Name
		}
	}
	return ""
}

// field follows a path from a type. Behind an interface, or a type of another module,
// it cannot: what is left is taken as it is.
func (d *declared) field(t *declaredType, p string) (on []string, ok bool) {
	on = t.on
	for p != "" {
		first, rest, _ := strings.Cut(p, ".")
		f, found := t.fields[first]
		if !found {
			return nil, false
		}
		on, p = f.on, rest
		if t = f.in; t == nil {
			t = d.types[f.typeName]
		}
		if t == nil || len(t.fields) == 0 {
			return on, true
		}
	}
	return on, true
}

// lines are what the heap table names and the sources have.
func (d *declared) lines(h *toolkit.HeapTable) []string {
	var lines []string
	add := func(kind, name string, on []string) {
		lines = append(lines, kind+" "+name+" "+strings.Join(on, ","))
	}
	for _, n := range h.Names() {
		var matched []string
		for full := range d.types {
			if n.Type.Match(full) {
				matched = append(matched, full)
			}
		}
		slices.Sort(matched)
		for _, full := range matched[:min(kept, len(matched))] {
			t := d.types[full]
			if n.Field == "" {
				add("type", full, t.on)
			} else if on, ok := d.field(t, n.Field); ok {
				add("field", full+"."+n.Field, on)
			}
			if len(n.Methods) > 0 && len(t.methods) > 0 {
				lines = append(lines, fmt.Sprintf("methods %s %s", full, strings.Join(t.methods, ",")))
			}
		}
		if n.Global != "" {
			for name, on := range d.vars {
				if n.Global.Match(name) {
					add("var", name, on)
				}
			}
		}
		if n.Func != "" {
			var matched []string
			for fn := range d.functions {
				if n.Func.Match(fn) {
					matched = append(matched, fn)
				}
			}
			slices.Sort(matched)
			for _, fn := range matched[:min(kept, len(matched))] {
				add("func", fn, d.functions[fn])
			}
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func merge(a, b []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}
