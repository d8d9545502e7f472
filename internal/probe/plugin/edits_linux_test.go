package plugin

import (
	"fmt"
	"strings"
	"testing"
)

// edits are bodies before and after; s is a *state, n an int, t a string. missed are
// those that the shapes are known not to tell.
var edits = []struct {
	name, before, after string
	missed              bool
}{
	{name: "Constant", before: "return n + 7", after: "return n + 8"},
	{name: "Added", before: "return n", after: "return n + 1"},
	{name: "Removed", before: "return n + 1", after: "return n", missed: true}, // see equal
	{name: "Factor", before: "return n * 12", after: "return n * 13"},
	{name: "Operator", before: "return n & 12", after: "return n | 12"},
	{name: "Sign", before: "return n - 1000", after: "return n + 1000"},
	{name: "Bound", before: "if n > 10 { return 1 }; return 0", after: "if n > 11 { return 1 }; return 0"},
	{name: "Compare", before: "if n > 10 { return 1 }; return 0", after: "if n < 10 { return 1 }; return 0", missed: true}, // the compiler turns them as it likes
	{name: "Guard", before: "s.put(n); return 0", after: "if n > 0 { s.put(n) }; return 0"},
	{name: "Call", before: "s.put(n); return 0", after: "s.get(n); return 0"},
	{name: "NoCall", before: "s.put(n); s.get(n); return 0", after: "s.put(n); return 0"},
	{name: "Twice", before: "s.put(n); return 0", after: "s.put(n); s.put(n); return 0", missed: true}, // each call counts once
	{name: "Argument", before: "s.put(3); return 0", after: "s.put(4); return 0"},
	{name: "Variable", before: "return s.a", after: "return s.b", missed: true}, // a field's place is not compared
	{name: "Text", before: `s.say("saved"); return 0`, after: `s.say("stored"); return 0`},
	{name: "TextOfOneLength", before: `s.say("saved"); return 0`, after: `s.say("moved"); return 0`},
	{name: "Format", before: `s.say(fmt.Sprintf("%d of %s", n, t)); return 0`, after: `s.say(fmt.Sprintf("%s of %d", t, n)); return 0`},
	{name: "Error", before: `if t == "" { panic("empty") }; return 0`, after: `if t == "" { panic("no name") }; return 0`, missed: true}, // its text is data
	{name: "Equal", before: `if t == "open" { return 1 }; return 0`, after: `if t == "shut" { return 1 }; return 0`},
	{name: "Loop", before: "for i := range n { s.put(i) }; return 0", after: "for i := range n { s.put(i * 3) }; return 0"},
	{name: "Loops", before: "s.put(n); return 0", after: "for i := range n { s.put(i) }; return 0"},
	{name: "Append", before: "s.list = append(s.list, n); return 0", after: "s.list = append(s.list[:0], n); return 0"},
	{name: "Map", before: "s.seen[n] = true; return 0", after: "delete(s.seen, n); return 0"},
	{name: "Go", before: "s.put(n); return 0", after: "go s.put(n); return 0"},
	{name: "Defer", before: "s.put(n); return 0", after: "defer s.put(n); return 0"},
	{name: "Float", before: "return int(float64(n) * 1.5)", after: "return int(float64(n) + 1.5)"},
	{name: "Shift", before: "return n << 3", after: "return n << 4"},
	{name: "Switch", before: `switch n { case 1: return 10; case 2: return 20 }; return 0`, after: `switch n { case 1: return 10; case 3: return 20 }; return 0`},
}

// How many edits of a body the comparison of code tells, and that nothing is told of
// what was not edited.
func TestEdits(t *testing.T) {
	needC(t)
	d := newDemo(t)
	source := func(after bool) string {
		var b strings.Builder
		b.WriteString(`package dep

import "fmt"

type state struct {
	a, b int
	list []int
	seen map[int]bool
}

//go:noinline
func (s *state) put(n int) { s.a += n }

//go:noinline
func (s *state) get(n int) { s.b -= n }

//go:noinline
func (s *state) say(t string) { s.list = append(s.list, len(t)) }

var _ = fmt.Sprint

`)
		names := []string{}
		for _, e := range edits {
			body := e.before
			if after {
				body = e.after
			}
			fmt.Fprintf(&b, "//go:noinline\nfunc edit%[1]s(s *state, n int, t string) int { %[2]s }\n\n//go:noinline\nfunc same%[1]s(s *state, n int, t string) int { %[3]s }\n\n", e.name, body, e.after)
			names = append(names, "edit"+e.name, "same"+e.name)
		}
		fmt.Fprintf(&b, "var All = []func(*state, int, string) int{%s}\n\nfunc init() {\n\tif len(All) == 0 {\n\t\tpanic(\"none\")\n\t}\n}\n", strings.Join(names, ", "))
		return b.String()
	}
	d.write("dep/edits.go", source(false))
	host := d.host("host.bin")
	d.write("dep/edits.go", source(true))
	so := d.plugin("plug.so")
	h, p := open(t, host), open(t, so)
	functions := func(f *file) map[string]*symbol {
		all := map[string]*symbol{}
		for i := range f.dynamic {
			if name, ok := strings.CutPrefix(f.dynamic[i].name, "example.com/demo/dep."); ok {
				all[name] = &f.dynamic[i]
			}
		}
		return all
	}
	inHost, inPlugin, told := functions(h), functions(p), 0
	tell := func(name string) bool {
		if inHost[name] == nil || inPlugin[name] == nil {
			t.Fatalf("there is no %s", name)
		}
		a, ok := newCodeReader(h, false).shapeOf(inHost[name])
		b, ok2 := newCodeReader(p, true).shapeOf(inPlugin[name])
		if !ok || !ok2 {
			t.Fatalf("%s cannot be read", name)
		}
		return !a.equal(&b)
	}
	for _, e := range edits {
		if tell("same" + e.name) {
			t.Errorf("same%s is taken for another", e.name)
		}
		if tell("edit"+e.name) == e.missed {
			t.Errorf("edit%s: told %v", e.name, !e.missed)
		}
		if !e.missed {
			told++
		}
	}
	t.Logf("%d of %d edits are told", told, len(edits))
}
