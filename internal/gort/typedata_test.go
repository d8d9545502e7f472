package gort_test

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/gort"
)

// What reflection says of a program's types, from inside, must be what is read of
// them from outside, stripped or not.
func TestTypes(t *testing.T) {
	for _, v := range []variant{plain, symbolsOnly, stripped, strippedPIE, withCgo, externalPIE} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			testTypes(t, build(t, "typed", v, ""), v)
		})
	}
}

func TestTypesOtherVersions(t *testing.T) {
	if testing.Short() {
		t.Skip("builds with other toolchains, which may have to be fetched")
	}
	for _, version := range []string{"go1.25.11", "go1.27.4"} {
		for _, v := range []variant{plain, stripped, strippedPIE} {
			t.Run(version+" "+v.name, func(t *testing.T) {
				t.Parallel()
				testTypes(t, build(t, "typed", v, version), v)
			})
		}
	}
}

func testTypes(t *testing.T, path string, v variant) {
	tg := start(t, path)
	types, itabs := 0, 0
	for _, l := range tg.said {
		switch kind, _, _ := strings.Cut(l, " "); kind {
		case "type":
			types++
			checkType(t, tg, l)
		case "itab":
			itabs++
			var itab, typ uint64
			fmt.Sscanf(l, "itab 0x%x 0x%x", &itab, &typ)
			if ty, ok := tg.TypeOfItab(itab); !ok || ty.Addr != typ || !tg.IsItab(itab) {
				t.Errorf("the itab at %#x: %v, want that of the type at %#x", itab, ty, typ)
			}
			for _, a := range []uint64{0, 1, typ, itab + 8, itab - 8, 1 << 47, 1<<64 - 8} {
				if tg.IsItab(a) {
					t.Errorf("an itab at %#x, beside one", a)
				}
			}
		}
	}
	if !tg.HasItabTable() {
		t.Error("the runtime's table of itabs was not found")
	}
	if types < 30 || itabs != 3 {
		t.Fatalf("the program told of %d types, %d itabs", types, itabs)
	}
	for _, addr := range []uint64{0, 1, 8, 1 << 47, 1<<64 - 8, tg.Modules[0].Text, tg.Modules[0].Types.Hi, tg.Modules[0].Data[0][0]} {
		if ty := tg.TypeAt(addr); ty != nil {
			t.Errorf("a type %q at %#x, which has none", ty.Name, addr)
		}
	}
	all := tg.Types()
	if len(all) < 500 {
		t.Errorf("%d types in the whole program", len(all))
	}
	for _, ty := range all {
		if m := ty.PointerMask(); (m == nil) != (ty.PtrBytes == 0) {
			t.Errorf("%s: %d bytes with pointers, mask of %d", ty.FullName(), ty.PtrBytes, len(m))
		}
		if _, ok := ty.MapShape(); ok != (ty.Kind == gort.KindMap) {
			t.Errorf("%s: how its entries are kept: %v", ty.FullName(), ok)
		}
		if ty.Kind == gort.KindPointer && ty.Elem() == nil {
			t.Errorf("%s: its element cannot be read", ty.FullName())
		}
	}
	checkNames(t, tg)
	checkGlobals(t, tg, v)
	checkClosures(t, tg, v)
	checkStack(t, tg, hasDWARF(v))
}

// checkStack: the goroutine that serves has its receiver and a table of its own
// on its stack, and the code says so.
func checkStack(t *testing.T, tg *target, dwarf bool) {
	t.Helper()
	snap, err := tg.Goroutines(gort.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found, locals := map[string]int{}, map[string]bool{}
	for _, g := range snap.Goroutines {
		for _, f := range g.Frames {
			if f.Func.Name() != "main.(*table).serve" {
				continue
			}
			const args = 64 // behind the frame
			for at := f.SP; at < f.CFA+args; at += 8 {
				if l, ok := tg.LocalAt(&f, at); ok {
					locals[fmt.Sprintf("%s %s +%d", l.Name, l.Type.FullName(), l.Offset)] = true
				}
			}
			for at, ty := range tg.StackTypes(f.Func) {
				v, ok := tg.Word(f.SP + uint64(at))
				if !ok {
					t.Errorf("a place on the stack %d from its end cannot be read", at)
				}
				if _, heap := tg.FindObject(v); heap {
					found[ty.FullName()]++
				}
			}
		}
	}
	if found["*main.table"] < 2 {
		t.Errorf("on the stack of main.(*table).serve: %v", found)
	}
	if locals["t *main.table +0"] != dwarf || locals["in chan *main.label +0"] != dwarf || !dwarf && len(locals) > 0 {
		t.Errorf("DWARF says of the stack of main.(*table).serve: %v", locals)
	}
}

// checkType compares one line of what the program says of its types.
func checkType(t *testing.T, tg *target, line string) {
	t.Helper()
	var addr uint64
	fmt.Sscanf(line, "type 0x%x", &addr)
	ty := tg.TypeAt(addr)
	if ty == nil || !tg.IsType(addr) {
		t.Errorf("no type at %#x: %s", addr, line)
		return
	}
	pkg := ""
	if ty.Named {
		pkg = ty.PkgPath
	}
	got := fmt.Sprintf("type %#x kind=%s size=%d methods=%d pkg=%q name=%q", addr, ty.Kind, ty.Size, ty.NumMethods(), pkg, ty.Name)
	ref := func(name string, e *gort.Type) {
		if e == nil {
			got += " " + name + "nil"
			return
		}
		got += fmt.Sprintf(" %s%#x", name, e.Addr)
	}
	switch ty.Kind {
	case gort.KindArray:
		got += fmt.Sprintf(" len=%d", ty.Len)
		ref("elem=", ty.Elem())
	case gort.KindSlice, gort.KindPointer, gort.KindChan:
		ref("elem=", ty.Elem())
	case gort.KindMap:
		ref("key=", ty.Key())
		ref("elem=", ty.Elem())
	case gort.KindStruct:
		for _, f := range ty.Fields {
			ref(fmt.Sprintf("%s@%d:", f.Name, f.Offset), f.Type())
		}
	}
	n, sum := 0, 0
	for i, b := range ty.PointerMask() {
		for ; b != 0; b &= b - 1 {
			n++
			sum = sum*31 + i*8 + bits.TrailingZeros8(b)
		}
	}
	got += fmt.Sprintf(" pointers=%d/%d", n, uint32(sum))
	if got != line {
		t.Errorf("read:\n%s\nthe program says:\n%s", got, line)
	}
}

// checkNames looks types up by name and asks for their methods and fields.
func checkNames(t *testing.T, tg *target) {
	t.Helper()
	for _, name := range []string{"main.label", "*main.label", "image.RGBA", "map[string]*main.label", "[4]main.point",
		"main.pair[string,*main.label]", "chan *main.label", "runtime.g"} {
		ty := tg.TypeByName(name)
		if name == "runtime.g" {
			continue // not every program has a description of it
		}
		if ty == nil || ty.FullName() != name {
			t.Errorf("TypeByName(%q) = %v", name, ty)
		}
	}
	l := tg.TypeByName("main.label")
	if l == nil {
		return
	}
	lp := l.Pointer()
	if lp == nil || lp.Elem() != l {
		t.Fatalf("the type of pointers to main.label: %v", lp)
	}
	if got := fmt.Sprint(lp.Methods(), l.Methods()); got != "[Move Show Size refresh] [Size]" {
		t.Errorf("methods of *main.label and main.label: %s", got)
	}
	if !lp.Implements("Show", "Size") || lp.Implements("Hide") || l.Implements("Show") || lp.Implements() {
		t.Error("which methods a type has")
	}
	if _, off, ok := l.Within("point.y"); !ok || off != 8 {
		t.Errorf("point.y at %d, %v", off, ok)
	}
	if f, off, ok := l.Within("last"); ok {
		if path, deep := l.PathTo(off + 8); path != ".last[1]" || deep.Kind != gort.KindPointer || f.Embedded {
			t.Errorf("the path to last[1]: %s, %v", path, deep)
		}
	} else {
		t.Error("main.label.last was not found")
	}
	for name, want := range map[string][2]bool{"map[string]*main.label": {}, "map[int][200]uint8": {false, true}, "map[[200]uint8]bool": {true, false}} {
		s, ok := tg.TypeByName(name).MapShape()
		if !ok || s.IndirectKey != want[0] || s.IndirectElem != want[1] || s.GroupSize == 0 || s.Group == nil {
			t.Errorf("%s: %+v, %v", name, s, ok)
		}
	}
}

// symbolsOnly has a symbol table and no DWARF.
var symbolsOnly = variant{name: "without DWARF", flags: []string{"-ldflags=-w"}}

func hasDWARF(v variant) bool {
	return !slices.ContainsFunc(v.flags, func(f string) bool { return strings.Contains(f, "-w") })
}

func checkGlobals(t *testing.T, tg *target, v variant) {
	t.Helper()
	named, typed := !slices.ContainsFunc(v.flags, func(f string) bool { return strings.Contains(f, "-s") }), hasDWARF(v)
	users := map[string]string{"main.theNumber": "main.count", "main.theCache": "main.put"}
	inferred := map[string]string{"main.theCache": "map[string]*main.label", "main.theLarge": "*main.large", "main.theQueue": "chan main.point", "main.theTable": "main.table"}
	seen := 0
	for _, l := range tg.said {
		var name string
		var addr uint64
		if n, _ := fmt.Sscanf(l, "global %s 0x%x", &name, &addr); n != 2 {
			continue
		}
		seen++
		g, ok := tg.GlobalAt(addr)
		switch {
		case !named && ok:
			t.Errorf("a stripped binary tells of %s", g.Name)
		case named && (!ok || g.Name != name || g.Addr != addr || (g.Type != nil) != typed || g.Package != "main" || g.Size == 0):
			t.Errorf("%s at %#x: %+v, %v", name, addr, g, ok)
		}
		if typed && g.Type != nil && name == "main.theUnseen" {
			if g.Type.Addr != 0 || g.Type.FullName() != "main.unseen" {
				t.Errorf("main.unseen should be known from DWARF alone: %+v", g.Type)
			}
			if path, deep := g.Type.PathTo(16 + 24 + 8); path != ".arr[1].s" || deep == nil || deep.Kind != gort.KindSlice {
				t.Errorf("the path in %s: %s, %+v", name, path, deep)
			}
			if g.Type.Name != "main.unseen" || g.Type.Size != 88 || fmt.Sprint(g.Type.PointerMask()) != "[38 1]" {
				t.Errorf("main.unseen: %+v, mask %v", g.Type, g.Type.PointerMask())
			}
		}
		if want := inferred[name]; want != "" {
			if g, ok := tg.InferredGlobalAt(addr); !ok || g.Type.FullName() != want || g.Size != g.Type.Size {
				t.Errorf("%s at %#x is taken for %+v, want %s", name, addr, g, want)
			}
		}
		if user := users[name]; user != "" {
			if !slices.ContainsFunc(tg.GlobalUsers(addr), func(f gort.Func) bool { return f.Name() == user }) {
				t.Errorf("%s is not used by %s", name, user)
			}
		}
	}
	if seen != 11 {
		t.Errorf("the program told of %d variables", seen)
	}
}

func checkClosures(t *testing.T, tg *target, v variant) {
	t.Helper()
	var stripped *strings.Replacer // without DWARF the variables have no names
	if !hasDWARF(v) {
		stripped = strings.NewReplacer(" &calls:", " :*", " l:", " :", " n:", " :", " s:", " :")
	}
	want := map[int]string{
		0: "main.closures.func1 l:*main.label n:int s:string",
		1: "main.closures.func2 &calls:int",
		2: "main.closures.func3 &calls:int l:*main.label",
		3: "main.(*label).refresh-fm receiver:*main.label",
		4: "main.plain",
	}
	for _, l := range tg.said {
		var i int
		var pc uint64
		if n, _ := fmt.Sscanf(l, "closure %d 0x%x", &i, &pc); n != 2 {
			continue
		}
		c, ok := tg.ClosureOf(pc)
		if !ok {
			t.Errorf("no closure at %#x", pc)
			continue
		}
		got := c.Name
		for _, v := range c.Vars {
			ref, name := "", "nil"
			if v.ByRef {
				ref = "&"
			}
			if v.Type != nil {
				name = v.Type.Name
			}
			got += fmt.Sprintf(" %s%s:%s", ref, v.Name, name)
		}
		want := want[i]
		if stripped != nil {
			want = stripped.Replace(want)
		}
		if got != want {
			t.Errorf("closure %d: %s, want %s", i, got, want)
		}
		if !strings.HasSuffix(c.File, "main.go") && !c.Method || c.Line == 0 {
			t.Errorf("closure %d at %s:%d", i, c.File, c.Line)
		}
	}
	if c, ok := tg.ClosureOf(tg.Modules[0].Text + 1); ok {
		t.Errorf("a closure %s in the middle of a function", c.Name)
	}
}
