package classify

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// writeType writes a type so that two versions of a package can be compared: other
// named types by path and name, without the names of parameters.
func writeType(b *strings.Builder, t types.Type) {
	switch t := t.(type) {
	case *types.Basic:
		b.WriteString(t.Name())
	case *types.Alias:
		writeType(b, types.Unalias(t))
	case *types.Named:
		if p := t.Obj().Pkg(); p != nil {
			b.WriteString(p.Path() + ".")
		}
		b.WriteString(t.Obj().Name())
		for i := range t.TypeArgs().Len() {
			b.WriteString("[")
			writeType(b, t.TypeArgs().At(i))
			b.WriteString("]")
		}
	case *types.TypeParam:
		fmt.Fprintf(b, "$%d", t.Index())
	case *types.Pointer:
		b.WriteString("*")
		writeType(b, t.Elem())
	case *types.Slice:
		b.WriteString("[]")
		writeType(b, t.Elem())
	case *types.Array:
		fmt.Fprintf(b, "[%d]", t.Len())
		writeType(b, t.Elem())
	case *types.Map:
		b.WriteString("map[")
		writeType(b, t.Key())
		b.WriteString("]")
		writeType(b, t.Elem())
	case *types.Chan:
		fmt.Fprintf(b, "chan%d ", t.Dir())
		writeType(b, t.Elem())
	case *types.Struct:
		b.WriteString("struct{")
		for i := range t.NumFields() {
			f := t.Field(i)
			fmt.Fprintf(b, "%s %t ", f.Name(), f.Embedded())
			writeType(b, f.Type())
			fmt.Fprintf(b, " %q;", t.Tag(i))
		}
		b.WriteString("}")
	case *types.Tuple:
		for v := range t.Variables() {
			writeType(b, v.Type())
			b.WriteString(",")
		}
	case *types.Signature:
		b.WriteString("func")
		for i := range t.TypeParams().Len() {
			b.WriteString("[")
			writeType(b, t.TypeParams().At(i).Constraint())
			b.WriteString("]")
		}
		b.WriteString("(")
		writeType(b, t.Params())
		fmt.Fprintf(b, "%t)(", t.Variadic())
		writeType(b, t.Results())
		b.WriteString(")")
	case *types.Interface:
		b.WriteString("interface{")
		var parts []string
		for m := range t.Methods() {
			var one strings.Builder
			one.WriteString(m.Name() + " ")
			writeType(&one, m.Type())
			parts = append(parts, one.String())
		}
		for e := range t.EmbeddedTypes() {
			if _, ok := e.Underlying().(*types.Interface); !ok {
				var one strings.Builder
				writeType(&one, e)
				parts = append(parts, one.String())
			}
		}
		slices.Sort(parts)
		b.WriteString(strings.Join(parts, ";"))
		fmt.Fprintf(b, "%t}", t.IsComparable())
	case *types.Union:
		for term := range t.Terms() {
			fmt.Fprintf(b, "|%t ", term.Tilde())
			writeType(b, term.Type())
		}
	default:
		b.WriteString(t.String())
	}
}

// typeText is [writeType] as a string.
func typeText(t types.Type) string {
	var b strings.Builder
	writeType(&b, t)
	return b.String()
}

// layoutText says how values of a declared type lie in memory and which methods
// they have: what it is, its size, and the methods of it and of a pointer to it.
func layoutText(sizes types.Sizes, o *types.TypeName) string {
	var b strings.Builder
	t := o.Type()
	if o.IsAlias() {
		b.WriteString("= ")
		writeType(&b, t)
		return b.String()
	}
	named, ok := t.(*types.Named)
	if !ok {
		return typeText(t)
	}
	for i := range named.TypeParams().Len() {
		b.WriteString("[")
		writeType(&b, named.TypeParams().At(i).Constraint())
		b.WriteString("]")
	}
	writeType(&b, named.Underlying())
	if named.TypeParams().Len() == 0 {
		fmt.Fprintf(&b, " size %d", sizeof(sizes, named))
	}
	if !types.IsInterface(named) {
		set := types.NewMethodSet(types.NewPointer(named))
		own := types.NewMethodSet(named)
		for m := range set.Methods() {
			fmt.Fprintf(&b, "\n%s %t ", m.Obj().Name(), own.Lookup(m.Obj().Pkg(), m.Obj().Name()) != nil)
			writeType(&b, m.Type())
		}
	}
	return b.String()
}

// sizeof returns a type's size in bytes, or -1 when it has none, because its code
// is not right.
func sizeof(sizes types.Sizes, t types.Type) (n int64) {
	defer func() {
		if recover() != nil {
			n = -1
		}
	}()
	return sizes.Sizeof(t)
}

// objectText says of a function, variable or constant what others see of it.
func objectText(o types.Object) string {
	switch o := o.(type) {
	case nil:
		return ""
	case *types.Const:
		return typeText(o.Type()) + " = " + o.Val().ExactString()
	default:
		return typeText(o.Type())
	}
}
