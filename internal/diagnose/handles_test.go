package diagnose

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// What is made at a line and not destroyed is told, once, and of a line that is known to
// leak memory it is a reason.
func TestHandles(t *testing.T) {
	own := []evidence.Frame{
		{Function: "main._Cfunc_fopen", File: "_cgo_gotypes.go", Origin: evidence.OriginUser},
		{Function: "main.title", File: "/src/app/title.go", Line: 12, Package: "main", Origin: evidence.OriginUser},
	}
	toolkits := []evidence.Frame{
		{Function: "fyne.io/fyne/v2/internal/painter.loadFont", Package: "fyne.io/fyne/v2/internal/painter", Origin: evidence.OriginToolkit},
		{Function: "main.title", File: "/src/app/title.go", Line: 12, Package: "main", Origin: evidence.OriginUser},
	}
	grows, fills := [8]int{25, 50, 75, 100, 125, 150, 175, 200}, [8]int{200, 200, 200, 200, 200, 200, 200, 200}
	object := func(made, destroyed int, growth [8]int) evidence.GPUObject {
		return evidence.GPUObject{Object: "fopen", Function: "fopen", Destroyer: "fclose", Stack: 0, Place: 1, Made: made, Destroyed: destroyed, Old: (made - destroyed) / 2, Growth: growth}
	}
	of := func(change func(o *evidence.GPUObject)) evidence.GPUObject {
		o := object(200, 0, grows)
		change(&o)
		return o
	}
	leaks := site(goStack, 1, func(s *evidence.NativeSite) {
		s.Freed, s.Left, s.LeftBytes, s.Lost, s.LostBytes = 0, 1000, 24000, 900, 21600
	})
	for _, tt := range []struct {
		name  string
		o     evidence.GPUObject
		stack []evidence.Frame
		sites []evidence.NativeSite
		want  []string
	}{
		{"none is destroyed", object(200, 0, grows), own, nil, []string{"P2 leak/cgo main.title 0.90 1"}},
		{"some are", object(400, 200, grows), own, nil, []string{"P2 leak/cgo main.title 0.80 2"}},
		{"all are", object(400, 400, [8]int{}), own, nil, nil},
		{"a cache that has filled up", object(200, 0, fills), own, nil, nil},
		{"a few", object(9, 0, [8]int{1, 2, 3, 4, 5, 6, 8, 9}), own, nil, nil},
		{"as many older ones are destroyed", of(func(o *evidence.GPUObject) { o.OthersDestroyed = 150 }), own, nil, nil},
		{"a toolkit's", of(func(o *evidence.GPUObject) {}), toolkits, nil, nil},
		{"of a thread of C", of(func(o *evidence.GPUObject) { o.Place = -1 }), own, nil, nil},
		{"its line leaks memory", object(200, 0, grows), own, []evidence.NativeSite{leaks}, []string{"P2 leak/cgo main.title 0.98 4"}},
	} {
		ev := recorded(24000, tt.sites...)
		ev.Native.Handles = &evidence.NativeHandles{Took: 10 * time.Second, Objects: []evidence.GPUObject{tt.o}, Stacks: [][]evidence.Frame{tt.stack}}
		var got []string
		for _, f := range Findings(ev) {
			got = append(got, fmt.Sprintf("%s %s %s %.2f %d", f.Severity, f.ID, f.Where.Function, f.Confidence, len(f.Why)))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	ev := recorded(24000)
	ev.Native.Handles = &evidence.NativeHandles{Took: 10 * time.Second, Objects: []evidence.GPUObject{object(200, 0, grows)}, Stacks: [][]evidence.Frame{own}, Dropped: []string{"fclose", "fopen"}}
	if got := Findings(ev); len(got) > 0 {
		t.Errorf("told of what was watched no longer: %v", got)
	}
}
