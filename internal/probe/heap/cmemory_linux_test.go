package heap

import (
	"context"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// owners are testdata/cowner, with symbols and without.
func owners(t testing.TB) map[string]string {
	return map[string]string{
		"plain":    build(t, "cowner", true),
		"stripped": build(t, "cowner", true, "-ldflags=-s -w"),
	}
}

// rowOf is the line of a division that has a name.
func rowOf(top *evidence.HeapTop, name string) evidence.HeapRow {
	for _, r := range top.Rows {
		if r.Name == name {
			return r
		}
	}
	return evidence.HeapRow{}
}

// C memory that only Go holds counts to its owner; what C holds as well does not.
func TestCMemory(t *testing.T) {
	for name, exe := range owners(t) {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t, exe)
			v, err := OpenProcess(context.Background(), p.target(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			top := v.Top(evidence.ByType, 0)
			c := rowOf(top, cMemoryName)
			// Entries, handles, the nodes of a list with a text each, and four single ones.
			const chunks = 200 + 100 + 2*300 + 4
			const least = 200*1000 + 100*500 + 300*(146+25) + 4000 + 2500 + 3000 + 3500
			if c.Count != chunks || c.Bytes < least || c.Bytes > least+chunks*32 || c.Retained != c.Bytes {
				t.Errorf("%+v, not %d chunks of at least %d bytes", c, chunks, least)
			}
			if l := v.Look(); l.C != c.Count || l.CBytes != c.Bytes {
				t.Errorf("the look has %d chunks of %d bytes", l.C, l.CBytes)
			}
			if by := v.Top(evidence.ByPackage, 0); rowOf(by, cMemoryName).Count != chunks {
				t.Errorf("by package: %+v", rowOf(by, cMemoryName))
			}
			for _, want := range []struct {
				name        string
				count       int64
				least, most int64
			}{
				{"main.entry", 200, 200 * 1000, 200 * 1100},
				{"main.handle", 100, 100 * 500, 100 * 580},
				{"main.list", 1, 300 * (146 + 25), 300 * (146 + 25 + 64)},
				{"main.opener", 1, 4000, 4100},
				{"main.closer", 1, 2500, 2600},
				{"main.shared", 10, 80, 160},
			} {
				if r := rowOf(top, want.name); r.Count != want.count || r.Retained < want.least || r.Retained > want.most {
					if name == "stripped" && r.Count == 0 { // no type is known without what names it
						t.Logf("%s is not known", want.name)
						continue
					}
					t.Errorf("%s: %+v, not %d that retain %d to %d bytes", want.name, r, want.count, want.least, want.most)
				}
			}
			paths := v.Paths(cMemoryName, 0)
			if paths.Objects != chunks || len(paths.Traces) < 6 {
				t.Fatalf("%d objects, %d chains", paths.Objects, len(paths.Traces))
			}
			said := map[string]string{}
			for i := range paths.Traces {
				chain := paths.Traces[i].Chain
				last := chain[len(chain)-1]
				if last.Kind != evidence.LinkC || last.Type != cMemoryName || chain[0].Kind != evidence.LinkGlobal {
					t.Errorf("%s", say(&paths.Traces[i]))
				}
				said[chain[0].Name] += say(&paths.Traces[i])
			}
			if name == "plain" {
				for root, passes := range map[string]string{"main.cache": ".name", "main.handles": ".addr", "main.queue": ".head", "main.opened": ".o", "main.closes": ".p", "main.lone": "", "main.number": ""} {
					if s, ok := said[root]; !ok || !strings.Contains(s, passes) {
						t.Errorf("from %s: %s", root, s)
					}
				}
			}
			// One chunk, as it is printed.
			for i := range paths.Traces {
				chain := paths.Traces[i].Chain
				o, ok := v.Dump(chain[len(chain)-1].Addr)
				if !ok || o.Garbage || len(o.Fields) == 0 || o.Referred == 0 {
					t.Fatalf("%+v", o)
				}
				if n := len(chain); n > 2 && chain[n-2].Kind == evidence.LinkObject {
					if o.Dominator == nil || o.Dominator.Addr != chain[n-2].Addr {
						t.Errorf("%s is freed with %+v", say(&paths.Traces[i]), o.Dominator)
					}
					if owner, _ := v.Dump(chain[n-2].Addr); !pointsToC(owner) {
						t.Errorf("%+v points to no C memory", owner.Fields)
					}
				}
			}
		})
	}
}

func pointsToC(o *evidence.HeapObject) bool {
	for i := range o.Fields {
		if f := &o.Fields[i]; f.Target != nil && f.Target.Kind == evidence.LinkC {
			return true
		}
	}
	return false
}

// Growth of C memory that Go holds is told with its owner.
func TestCMemoryGrows(t *testing.T) {
	for name, exe := range owners(t) {
		for _, tt := range []struct{ what, root, typ string }{
			{"map", "main.texts", cMemoryName}, {"list", "main.queue", cMemoryName}, {"entries", "main.cache", "main.entry"}, {"ring", "", ""},
		} {
			t.Run(name+", "+tt.what, func(t *testing.T) {
				p := newPatient(t, exe, tt.what)
				r := p.watched(t, 4)
				found := false
				for i := range r.Heap.Suspects {
					s := &r.Heap.Suspects[i]
					if s.Kind != evidence.SuspectContainer || !steady(s) {
						continue
					}
					if tt.root == "" {
						t.Errorf("%s", say(s))
						continue
					}
					if s.Chain[0].Kind != evidence.LinkGlobal || name == "plain" && s.Chain[0].Name != tt.root || s.C < 4*40*100 || s.C > s.Bytes[len(s.Bytes)-1] {
						t.Errorf("C %d of %v: %s", s.C, s.Bytes, say(s))
						continue
					}
					if s.Type != tt.typ && name == "plain" {
						t.Errorf("%s grows, not %s", s.Type, tt.typ)
					}
					if last := s.Chain[len(s.Chain)-1]; last.Kind != evidence.LinkC || last.Type != cMemoryName {
						t.Errorf("the chain does not lead to C memory: %s", say(s))
					}
					if tt.what == "entries" && len(s.Site) > 0 && s.Site[0].Function != "main.step" { // the profiler may have seen none
						t.Errorf("allocated by %+v", s.Site)
					}
					if len(s.Site) > 0 && tt.typ == cMemoryName {
						t.Errorf("allocated by %+v", s.Site[0])
					}
					found = true
				}
				if !found && tt.root != "" {
					for i := range r.Heap.Suspects {
						t.Log(say(&r.Heap.Suspects[i]))
					}
					t.Error("no growth was found")
				}
			})
		}
	}
}

// A program without C is read as before.
func TestNoCMemory(t *testing.T) {
	v, err := OpenProcess(context.Background(), newPatient(t, build(t, "leaks", false), "map").target(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if l := v.Look(); l.C != 0 || l.CBytes != 0 || rowOf(v.Top(evidence.ByType, 0), cMemoryName).Count != 0 {
		t.Errorf("%+v", l)
	}
}

// That C memory does not count is said where there is much of it, and once.
func TestUnwalked(t *testing.T) {
	for _, tt := range []struct {
		other malloc.Allocator
		c     int64
		want  int
	}{{malloc.Jemalloc, 100 << 20, 1}, {malloc.Jemalloc, 10 << 20, 0}, {malloc.None, 100 << 20, 0}} {
		w := &watch{}
		a := &evidence.MemoryAccount{Part: []evidence.MemoryPart{{Name: evidence.MemoryLive, RSS: 1 << 30}, {Name: evidence.MemoryAnonymous, RSS: tt.c}}}
		w.unwalked(a, tt.other)
		w.unwalked(a, tt.other)
		if len(w.limits) != tt.want {
			t.Errorf("%q, %d bytes: %d limits", tt.other, tt.c, len(w.limits))
		}
	}
}
