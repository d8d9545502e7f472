package cli

import (
	"testing"

	"github.com/gomedic/gomedic/internal/dev"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

func TestWhoHoldsAnOldGeneration(t *testing.T) {
	const old = "gen/r3/example.com/app/board"
	closure := report.LeakLink{Kind: "closure", Name: old + ".build.func1"}
	global := func(name string) report.LeakLink {
		return report.LeakLink{Kind: "global", Name: name, Type: "[]func()"}
	}
	chain := func(links ...report.LeakLink) *report.Leak { return &report.Leak{Chain: links} }
	host := chain(global("github.com/gomedic/gomedic/reload.components"), report.LeakLink{Kind: "object", Type: "*github.com/gomedic/gomedic/reload.registration"}, closure)
	for _, tt := range []struct {
		name            string
		traces          []*report.Leak
		told, elsewhere bool
		held            string
	}{
		{"nothing known", nil, true, false, ""},
		{"package reload", []*report.Leak{host}, false, false, ""},
		{"its own variable", []*report.Leak{host, chain(global(old+".cache"), report.LeakLink{Kind: "object", Type: "*" + old + ".row"})}, true, false, "global board.cache → *board.row"},
		{"the program", []*report.Leak{chain(global(old+".cache"), closure), chain(global("example.com/app/parts.Listeners"), closure)}, true, true, "global parts.Listeners → closure board.build.func1"},
		{"a timer", []*report.Leak{chain(report.LeakLink{Kind: "timer", Name: old + ".build.func1"}, closure)}, true, true, "timer board.build.func1 → closure board.build.func1"},
		{"a value of it that package reload holds", []*report.Leak{chain(global("example.com/app/parts.Listeners"), closure, report.LeakLink{Kind: "object", Type: "github.com/gomedic/gomedic/reload.Scope"})}, true, true,
			"global parts.Listeners → closure board.build.func1 → reload.Scope"},
	} {
		r := dev.Remain{Package: old}
		if told := heldBy(&r, tt.traces, []string{old}, text.English); told != tt.told || r.Elsewhere != tt.elsewhere || r.Held != tt.held {
			t.Errorf("%s: %v %+v", tt.name, told, r)
		}
	}
}
