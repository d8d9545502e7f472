package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/toolkit"
)

// everybody may import these: plain data, words, and the ways to show them.
var everybody = []string{"internal/report", "internal/evidence", "internal/text"}

// rooms says of each room which others it may import, besides its own folders
// and everybody's. An arrow that is not here is a defect, and so is a room that
// is not here.
var rooms = map[string][]string{
	"cmd/gomedic": {"internal/cli"},
	"scripts":     {"internal/cli", "internal/lab", "internal/driverlog", "docs"},
	"bench":       {"reload", "internal/reload", "internal/probe", "internal/toolkit", "internal/gort", "internal/proc"},

	"internal/cli":        {"internal/live", "internal/diagnose", "internal/probe", "internal/toolkit", "internal/gort", "internal/proc", "internal/lab", "internal/vet", "internal/dev", "internal/wasmbundle", "internal/driverlog", "internal/safe", "reload", "docs"},
	"internal/vet":        {"internal/toolkit"},
	"internal/safe":       {"internal/probe", "internal/toolkit", "internal/proc"},
	"internal/lab":        {}, // runs gomedic as users do: as a command
	"internal/dev":        {"internal/reload", "internal/proc", "reload"},
	"internal/wasmbundle": {"internal/probe", "internal/gort"},
	"internal/reload":     {}, // reads and builds source: knows no target and no toolkit
	"internal/live":       {},
	"internal/diagnose":   {"internal/toolkit", "internal/driverlog"},
	"internal/probe":      {"internal/toolkit", "internal/gort", "internal/proc", "internal/driverlog"},
	"internal/driverlog":  {}, // what drivers write: knows no target
	"internal/toolkit":    {"internal/gort", "internal/proc"},
	"internal/gort":       {"internal/proc"},
	"internal/proc":       {"agent/wire"},
	"internal/house":      {},

	"internal/report":   {},
	"internal/evidence": {},
	"internal/text":     {},
	"docs":              {},

	// Public: what programs import must stay light.
	"agent":      {"agent/wire"},
	"agent/wire": {}, // how gomedic asks it
	"reload":     {},
}

// apart are the rooms that everybody may import and that must not import each
// other freely, and the public ones: what each may have of everybody's.
var apart = map[string][]string{
	"internal/report":   {"internal/evidence", "internal/text"},
	"internal/evidence": {},
	"internal/text":     {},
	"docs":              {"internal/text"},
	"agent":             {"internal/report"},
	"agent/wire":        {},
	"reload":            {"internal/report"},
}

func TestImportsFollowTheArrows(t *testing.T) {
	seen := make(map[string]bool)
	for _, p := range list(t, ".", nil, "./...") {
		room := roomOf(p.room())
		if room == "" {
			t.Errorf("%s is in no room: give it one, in the table of this test and in ARCHITECTURE.md", p.room())
			continue
		}
		seen[room] = true
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module+"/") {
				continue
			}
			to := roomOf(strings.TrimPrefix(imported, module+"/"))
			if to != room && !slices.Contains(allowed(room), to) {
				t.Errorf("%s imports %s: against the arrows, %s may import %s",
					p.room(), strings.TrimPrefix(imported, module+"/"), room, strings.Join(allowed(room), ", "))
			}
		}
	}
	for _, room := range []string{"internal/cli", "internal/diagnose", "internal/probe", "internal/toolkit", "internal/gort", "internal/proc"} {
		if !seen[room] {
			t.Errorf("no package in %s: does the test still look in the right place?", room)
		}
	}
}

// allowed returns what a room may import.
func allowed(room string) []string {
	shared, ok := apart[room]
	if !ok {
		shared = everybody
	}
	return slices.Concat(rooms[room], shared)
}

// roomOf returns the room that a package is in: the longest that holds it.
func roomOf(path string) string {
	best := ""
	for room := range rooms {
		if (path == room || strings.HasPrefix(path, room+"/")) && len(room) > len(best) {
			best = room
		}
	}
	return best
}

// The lab's programs are patients: they know nothing of the doctor. (Their
// module's path is below the main one's, so Go alone would let them.)
func TestTheLabImportsNothingOfGomedic(t *testing.T) {
	found := list(t, "lab", []string{"CGO_ENABLED=1"}, "./...")
	if len(found) < 4 {
		t.Errorf("only %d packages in lab: does the test still look in the right place?", len(found))
	}
	for _, p := range found {
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if strings.HasPrefix(imported, module+"/") && !strings.HasPrefix(imported, module+"/lab") {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

// What a program imports for its hot reload brings nothing with it but the standard
// library; what watches files, and what knows a toolkit, is imported apart.
func TestReloadIsLight(t *testing.T) {
	found := list(t, ".", nil, "-deps", "./reload")
	if len(found) < 20 {
		t.Errorf("only %d packages: does the test still look in the right place?", len(found))
	}
	for _, p := range found {
		if !p.Standard && p.ImportPath != module+"/reload" {
			t.Errorf("reload depends on %s", p.ImportPath)
		}
	}
	for _, adapter := range []string{"fynereload", "gioreload", "ebitenreload"} {
		for _, p := range list(t, "reload/"+adapter, []string{"CGO_ENABLED=1"}, ".") {
			for _, imported := range p.Imports {
				if strings.HasPrefix(imported, module+"/") && imported != module+"/reload" {
					t.Errorf("%s imports %s", p.ImportPath, imported)
				}
			}
		}
	}
}

// gomedic must run where no window can: it depends on no GUI toolkit, and on no
// C, on any system that it is built for.
func TestTheProgramNeedsNoToolkitAndNoC(t *testing.T) {
	var toolkits []string
	for _, tk := range toolkit.All() {
		toolkits = append(toolkits, tk.Modules...)
	}
	if len(toolkits) < 4 {
		t.Fatalf("only %q are known as toolkits", toolkits)
	}
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, p := range list(t, ".", []string{"GOOS=" + goos}, "-deps", "./cmd/gomedic") {
			if len(p.CgoFiles) > 0 {
				t.Errorf("%s: %s uses C", goos, p.ImportPath)
			}
			for _, tk := range toolkits {
				if p.Module != nil && (p.Module.Path == tk || strings.HasPrefix(p.Module.Path, tk+"/")) {
					t.Errorf("%s: the program depends on %s, of toolkit %s", goos, p.ImportPath, tk)
				}
			}
		}
	}
}

// What reads processes and the Go runtime knows no toolkit by name.
func TestTheRuntimeRoomsNameNoToolkit(t *testing.T) {
	files := token.NewFileSet()
	for _, p := range list(t, ".", nil, "./internal/gort/...", "./internal/proc/...") {
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return true
				}
				for _, tk := range toolkit.All() {
					for _, m := range tk.Modules {
						if strings.Contains(literal.Value, m) {
							t.Errorf("%s names %s: that knowledge belongs into internal/toolkit", files.Position(literal.Pos()), m)
						}
					}
				}
				return true
			})
		}
	}
}
