//go:build linux

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

func TestReplaceTables(t *testing.T) {
	const a, b = "# A\n\nold a\n\n## more\n", "# B\n\nb\n"
	for _, c := range []struct {
		old    string
		tables []string
		want   string
	}{
		{"", []string{a, b}, "# A\n\nold a\n\n## more\n\n# B\n\nb\n"},
		{a + "\n" + b, []string{"# A\n\nnew\n"}, "# A\n\nnew\n\n# B\n\nb\n"},
		{a, []string{b}, "# A\n\nold a\n\n## more\n\n# B\n\nb\n"},
	} {
		if got := replaceTables(c.old, c.tables); got != c.want {
			t.Errorf("%q with %q is %q", c.old, c.tables, got)
		}
	}
}

// The two views of the same frames are put together by how long the frames took,
// and a frame that one did not see is counted.
func TestAgreement(t *testing.T) {
	var own, seen []timed
	for i := range 1500 {
		took := time.Duration(i*i*7919%5000) * time.Microsecond
		own = append(own, timed{took, time.Duration(i) * 10 * time.Millisecond})
		if i >= 300 && i < 1300 {
			seen = append(seen, timed{took + 3*time.Microsecond, time.Duration(i)*10*time.Millisecond - time.Hour})
		}
	}
	if a := agreement(seen, own); a.Seen != 1000 || a.Own != 1000 || a.DiffP50 != 3 || a.OffP99 != 3 {
		t.Errorf("%+v", a)
	}
	lost := append(append([]timed{}, seen[:900]...), seen[901:]...)
	if a := agreement(lost, own); a.Seen != 999 || a.Own != 1000 {
		t.Errorf("with one lost: %+v", a)
	}
	if a := agreement(seen[:100], own); a.Seen != 100 || a.Own != 0 {
		t.Errorf("of too few: %+v", a)
	}
}

func TestViewsOfFrames(t *testing.T) {
	ms := time.Millisecond
	fs := []evidence.FrameTime{
		{Start: 0, End: 4 * ms, Parts: []evidence.FramePart{{Kind: evidence.PartUser, Took: 2 * ms}}},
		{Start: 10 * ms, End: 13 * ms},
	}
	if got := seenFrames(painted{}, fs); len(got) != 2 || got[1] != (timed{3 * ms, 13 * ms}) {
		t.Errorf("all of it: %v", got)
	}
	if got := seenFrames(painted{part: "user"}, fs); len(got) != 2 || got[0] != (timed{2 * ms, 4 * ms}) {
		t.Errorf("a part: %v", got)
	}
	if got := seenFrames(painted{between: true}, fs); len(got) != 1 || got[0] != (timed{10 * ms, 10 * ms}) {
		t.Errorf("from one to the next: %v", got)
	}
	all := []ownFrame{{"update", 0, 100}, {"draw", 200, 500}, {"update", 600, 610}, {"update", 620, 630}, {"draw", 700, 800}}
	if got := ownFrames(painted{part: "user"}, all, 0); len(got) != 2 || got[0] != (timed{400, 500}) || got[1] != (timed{120, 800}) {
		t.Errorf("the program's own: %v", got)
	}
	if got := drawToDraw(all); len(got) != 1 || got[0] != (ownFrame{"frame", 200, 700}) {
		t.Errorf("from draw to draw: %v", got)
	}
}

// A window is compared with the two around it.
func TestCompareWindows(t *testing.T) {
	var ws []window
	var all []ownFrame
	second := int64(time.Second)
	for i, w := range []struct {
		what string
		cpu  time.Duration
	}{{off, 10 * time.Millisecond}, {gomedic, 13 * time.Millisecond}, {off, 12 * time.Millisecond}} {
		ws = append(ws, window{what: w.what, from: int64(i) * second, to: int64(i+1) * second, cpu: w.cpu})
		for n := range int64(100) {
			at := int64(i)*second + (n+1)*second/100
			all = append(all, ownFrame{"frame", at - 1000, at})
		}
	}
	r := &cost{CPU: map[string]spread{}, Time: map[string]spread{}}
	r.compare(ws, all)
	if r.Frames != 100 || r.CPU[gomedic].Median != 20 || r.Time[gomedic].Median != 0 {
		t.Errorf("%+v", r)
	}
	table := (&watched{conditions: conditions{Load: []string{"0"}}, Costs: []cost{*r}}).markdown()
	if !strings.Contains(table, "| 100 | 120.0 (100.0–120.0) | 20.0 (20.0–20.0) |") && !strings.Contains(table, "| 20.0 (20.0–20.0) |") {
		t.Error(table)
	}
}
