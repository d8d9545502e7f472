package lab

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// held returns what a finding says of objects of a type that a chain holds.
func held(of string, chain ...evidence.HeapLink) *Held { return &Held{Type: of, Chain: chain} }

func TestJudgeLeak(t *testing.T) {
	global := func(name, ref string) evidence.HeapLink {
		return evidence.HeapLink{Kind: evidence.LinkGlobal, Name: name, Ref: ref}
	}
	object := func(of, ref string) evidence.HeapLink {
		return evidence.HeapLink{Kind: evidence.LinkObject, Type: of, Ref: ref}
	}
	cache := Fault{Name: "cache", Leak: true, ID: []string{"leak/map"}, Global: "main.cache", Chain: []string{"pages", "text"},
		Type: []string{"main.line"}, Where: []string{"main.load"}}
	good := held("*main.line", global("main.cache", ".pages"), object("map[int]*main.page", "[17]"), object("main.page", ".text"), object("main.line", ""))
	unnamed := held("*main.line", global("data+0x1234", ".pages"), object("map[int]*main.page", "[17]"), object("main.page", ".text"), object("main.line", ""))
	stack := held("*main.line", evidence.HeapLink{Kind: evidence.LinkStack, Name: "main.main", Ref: ".pages"}, object("main.page", ".text"), object("main.line", ""))
	short := held("*main.line", global("main.cache", ".pages"), object("main.line", ""))
	other := held("*main.tab", global("main.cache", ".pages"), object("main.page", ".text"), object("main.tab", ""))
	symbols := cache
	symbols.Chain = []string{"?pages", "text"}
	onlyID := Fault{Name: "only", Leak: true, ID: []string{"leak/timer", "leak/goroutine"}}
	healthy := Fault{Name: "healthy", Leak: true, Healthy: true}
	leak := finding(report.P2, "leak/map", "main.load", "")

	for _, test := range []struct {
		name                string
		fault               Fault
		build               Build
		findings            []report.Finding
		held                []*Held
		found, place, chain Mark
		wrong               int
	}{
		{"all right", cache, Plain, []report.Finding{leak}, []*Held{good}, Yes, Yes, Yes, 0},
		{"nothing found", cache, Plain, nil, nil, No, No, No, 0},
		{"info does not count", cache, Plain, []report.Finding{finding(report.Info, "leak/map", "main.load", "")}, []*Held{good}, No, No, No, 0},
		{"another id", cache, Plain, []report.Finding{finding(report.P1, "leak/image", "main.load", "")}, []*Held{good}, No, No, No, 0},
		{"no chain", cache, Plain, []report.Finding{leak}, []*Held{nil}, Yes, Yes, No, 0},
		{"the report says nothing of leaks", cache, Plain, []report.Finding{leak}, nil, Yes, Yes, No, 0},
		{"another root", cache, Plain, []report.Finding{leak}, []*Held{stack}, Yes, Yes, No, 0},
		{"a global without its name", cache, Plain, []report.Finding{leak}, []*Held{unnamed}, Yes, Yes, No, 0},
		{"a global without its name, stripped", cache, Stripped, []report.Finding{leak}, []*Held{unnamed}, Yes, Yes, Yes, 0},
		{"another root, stripped", cache, Stripped, []report.Finding{leak}, []*Held{stack}, Yes, Yes, No, 0},
		{"a field is not passed", cache, Plain, []report.Finding{leak}, []*Held{short}, Yes, Yes, No, 0},
		{"a field that symbols tell is not passed", symbols, Plain, []report.Finding{leak}, []*Held{short}, Yes, Yes, No, 0},
		{"a field that symbols tell is passed", symbols, Plain, []report.Finding{leak}, []*Held{good}, Yes, Yes, Yes, 0},
		{"a field that symbols tell, stripped", symbols, Stripped, []report.Finding{leak}, []*Held{held("*main.line", global("data+0x1234", ""), object("main.page", ".text"), object("main.line", ""))}, Yes, Yes, Yes, 0},
		{"a field that symbols do not tell, stripped", symbols, Stripped, []report.Finding{leak}, []*Held{held("*main.line", global("data+0x1234", ""), object("main.line", ""))}, Yes, Yes, No, 0},
		{"another type", cache, Plain, []report.Finding{leak}, []*Held{other}, Yes, Yes, No, 0},
		{"another place", cache, Plain, []report.Finding{finding(report.P2, "leak/map", "main.main", "")}, []*Held{good}, Yes, No, Yes, 0},
		{"the second finding has the chain", cache, Plain, []report.Finding{finding(report.P1, "leak/map", "main.x", ""), leak}, []*Held{other, good}, Yes, Yes, Yes, 0},
		{"another leak beside it", cache, Plain, []report.Finding{finding(report.P1, "leak/image", "main.x", ""), leak}, []*Held{nil, good}, Yes, Yes, Yes, 0},
		{"only the id is judged", onlyID, Plain, []report.Finding{finding(report.P2, "leak/goroutine", "", "")}, nil, Yes, NotJudged, NotJudged, 0},
		{"healthy and quiet", healthy, Plain, nil, nil, Yes, NotJudged, NotJudged, 0},
		{"healthy and info", healthy, Plain, []report.Finding{finding(report.Info, "leak/none-scavenger", "", "")}, nil, Yes, NotJudged, NotJudged, 0},
		{"healthy and blamed", healthy, Plain, []report.Finding{leak}, []*Held{good}, No, NotJudged, NotJudged, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := JudgeLeak(Run{test.fault, test.build, Ordinary}, &report.Report{Findings: test.findings}, test.held)
			if o.Found != test.found || o.Place != test.place || o.Chain != test.chain || len(o.False) != test.wrong {
				t.Errorf("found %s, place %s, chain %s, false %q; want %s, %s, %s and %d false; %s",
					o.Found, o.Place, o.Chain, o.False, test.found, test.place, test.chain, test.wrong, o.Note)
			}
			if missed := o.Found == No || o.Place == No || o.Chain == No; missed && o.Note == "" && !o.Healthy {
				t.Error("a miss has no note that says what was wrong")
			}
		})
	}
}

func TestMissingName(t *testing.T) {
	chain := []evidence.HeapLink{
		{Kind: evidence.LinkGlobal, Name: "github.com/someone/shop/stock.theStore.rows", Ref: `["a key"]`},
		{Kind: evidence.LinkClosure, Name: "main.(*App).loop.func1", Type: "func()", Ref: "w"},
		{Kind: evidence.LinkObject, Type: "*main.window", Ref: ".listeners[3]", Frame: &evidence.Frame{Function: "main.open"}},
		{Kind: evidence.LinkObject, Type: "fyne.io/fyne/v2/widget.Label"},
	}
	for _, test := range []struct{ want, missing string }{
		{"", ""},
		{"stock.theStore rows", ""},
		{"rows stock.theStore", "stock.theStore"},
		{"theStore", ""},
		{"theSto", "theSto"},
		{"main.(*App).loop", ""},
		{"main.(*App).loop.func1", ""},
		{"main.(*App).loop.func2", "main.(*App).loop.func2"},
		{"main.open main.window listeners", ""},
		{"listeners main.window", "main.window"},
		{"listeners widget.Label", ""},
		{"widget.Label listeners", "listeners"},
		{"main.close|main.open .listeners", ""},
		{"main.close|main.shut", "main.close|main.shut"},
		{"listeners listeners", "listeners"},
	} {
		if got := missingName(strings.Fields(test.want), chain); got != test.missing {
			t.Errorf("%q: %q is missing, want %q", test.want, got, test.missing)
		}
	}
	for _, want := range []string{"", ".", "|"} {
		if got := missingName([]string{want}, chain); got != want {
			t.Errorf("the empty name %q is found", want)
		}
	}
}

func TestSameType(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"main.row", "*main.row", true},
		{"widget.Label", "*fyne.io/fyne/v2/widget.Label", true},
		{"main.row", "main.rows", false},
		{"map[string]*main.row", "map[string]*main.row", true},
		{"map[string]*main.row", "map[string]main.row", false},
		{"", "", false},
		{"main.row", "", false},
	} {
		if got := sameType(test.a, test.b); got != test.same {
			t.Errorf("%q and %q: %t", test.a, test.b, got)
		}
	}
}

func TestReadVerdictOfALeak(t *testing.T) {
	run := Run{Fault: Fault{Name: "x", Leak: true, ID: []string{"leak/map"}, Global: "main.cache", Type: []string{"main.row"}}, Build: Plain}
	right := `{"findings":[{"id":"leak/map","severity":"P2","leak":{"type":"*main.row","count":9,
		"chain":[{"kind":"global","name":"main.cache","ref":"[1]"},{"kind":"object","type":"main.row"}]}}]}`
	for _, test := range []struct {
		name, out    string
		found, chain Mark
	}{
		{"a chain", right, Yes, Yes},
		{"none", `{"findings":[{"id":"leak/map","severity":"P2"}]}`, Yes, No},
		{"a chain of another form", `{"findings":[{"id":"leak/map","severity":"P2","leak":{"chain":"main.cache"}}]}`, No, No},
		{"no JSON", "panic: ", No, No},
	} {
		t.Run(test.name, func(t *testing.T) {
			if o := readVerdict(run, []byte(test.out), "", nil); o.Found != test.found || o.Chain != test.chain {
				t.Errorf("found %s, chain %s; want %s and %s; %s", o.Found, o.Chain, test.found, test.chain, o.Note)
			}
		})
	}
}

func FuzzReadVerdictOfALeak(f *testing.F) {
	f.Add([]byte(`{"findings":[{"id":"leak/map","severity":"P2","leak":{"type":"t","chain":[{"kind":"global","name":"main.cache"}]}}]}`))
	f.Add([]byte(`{"findings":[null]}`))
	run := Run{Fault: Fault{Leak: true, ID: []string{"leak/map"}, Global: "main.cache", Chain: []string{"a|b"}, Type: []string{"t"}}}
	f.Fuzz(func(t *testing.T, out []byte) {
		if o := readVerdict(run, out, "", nil); !json.Valid(out) && o.Found == Yes {
			t.Error("found something in what is no report")
		}
	})
}

func TestPlanOfLeaks(t *testing.T) {
	var faults []Fault
	for i := range 16 {
		faults = append(faults, Fault{Name: string(rune('a' + i)), Leak: i%2 == 1, Short: i < 8})
	}
	for _, test := range []struct {
		name                        string
		short, root                 bool
		leaks, stripped, asOrdinary int
	}{
		{"full as root", false, true, 8, 4, 4},
		{"full as an ordinary user", false, false, 8, 4, 8},
		{"short", true, true, 4, 2, 2},
	} {
		leaks, stripped, ordinary, times := 0, 0, 0, make(map[string]int)
		for _, r := range Plan(faults, test.short, test.root) {
			if !r.Fault.Leak {
				continue
			}
			leaks++
			times[r.Fault.Name]++
			if r.Build == Stripped {
				stripped++
			}
			if r.User == Ordinary {
				ordinary++
			}
		}
		if leaks != test.leaks || stripped != test.stripped || ordinary != test.asOrdinary || len(times) != leaks {
			t.Errorf("%s: %d runs of %d leaks, %d stripped, %d as an ordinary user; want %d, %d, %d",
				test.name, leaks, len(times), stripped, ordinary, test.leaks, test.stripped, test.asOrdinary)
		}
	}
}

// The kernel ends a program when its life is over: no examination may take longer.
func TestALifeIsLongEnough(t *testing.T) {
	for _, leak := range []bool{false, true} {
		if wait, timeout := bounds(Run{Fault: Fault{Leak: leak}}); wait+timeout >= life {
			t.Errorf("leak %t: waits %s and examines for %s, in a life of %s", leak, wait, timeout, life)
		}
	}
}
