package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/evidence/sampleframes"
	"github.com/gomedic/gomedic/internal/text"
)

// framesReport is a watch of frames and a report on it.
func framesReport() (*evidence.Evidence, *Report) {
	ev := sampleframes.Make(5 * time.Second)
	count := Place{Function: "main.(*Store).Count", File: "store.go", Line: 51, Goroutine: 1, State: "sync.Mutex.Lock"}
	r := &Report{Target: ev.Target, Probes: []Probe{{Name: "frames", TookMS: 5000}}, Findings: []Finding{{
		ID: "ui-blocked/mutex", Severity: P1, Confidence: 0.8, Where: &count,
		Title: text.T("finding.ui-blocked/mutex.title.noui.one", "main.(*Store).Count", "main.(*Store).Sync"),
	}}}
	return ev, r
}

func TestFramesGolden(t *testing.T) {
	for _, lang := range []text.Lang{text.English, text.Chinese} {
		ev, r := framesReport()
		for variant, o := range map[string]Options{
			"":        {Width: 100, Frames: true},
			".color":  {Width: 100, Frames: true, Color: true},
			".narrow": {Width: 48, Frames: true},
			".check":  {Width: 100}, // another command: in short
		} {
			o.Lang, o.Evidence = lang, ev
			var b bytes.Buffer
			if err := WriteTerminal(&b, r, o); err != nil {
				t.Fatal(err)
			}
			golden(t, "frames."+string(lang)+variant+".txt", b.Bytes())
		}
		golden(t, "frames."+string(lang)+".html", []byte(asHTML(t, r, ev, lang)))
	}
}

func TestFramesVerdict(t *testing.T) {
	rates := func(frames, late int) []evidence.FrameRate { return []evidence.FrameRate{{Frames: frames, Late: late}} }
	for _, tt := range []struct {
		rates  []evidence.FrameRate
		limits []Limit
		want   string
	}{
		{nil, nil, "frames.healthy.none"},
		{rates(0, 0), nil, "frames.healthy.none"},
		{[]evidence.FrameRate{{Idle: 10 * time.Second}}, nil, "frames.healthy.idle"},
		{rates(100, 0), nil, "frames.healthy"},
		{rates(100, 2), nil, "frames.healthy.late"},
		{rates(100, 0), []Limit{{Probe: "frames"}}, "report.healthy.blind"},
	} {
		ev := &evidence.Evidence{Frames: &evidence.Frames{Rates: tt.rates}}
		if got := verdictKey(&Report{Limits: tt.limits}, ev); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.rates, got, tt.want)
		}
	}
}

// A program with nothing to draw looks calm.
func TestIdleFrames(t *testing.T) {
	ev := &evidence.Evidence{Target: evidence.Target{Name: "orders"}, Frames: &evidence.Frames{Took: 10 * time.Second, Period: 16 * time.Millisecond, Over: 24 * time.Millisecond, Rates: []evidence.FrameRate{{Goroutine: 1, Idle: 10 * time.Second}}}}
	var b bytes.Buffer
	if err := WriteTerminal(&b, &Report{}, Options{Evidence: ev, Frames: true}); err != nil {
		t.Fatal(err)
	}
	if out := b.String(); !strings.Contains(out, "dle, nothing to draw") || strings.Contains(out, "slow") {
		t.Error(out)
	}
	if page := asHTML(t, &Report{}, ev, text.English); !strings.Contains(page, "idle, nothing to draw") {
		t.Error("the page does not say that it is idle")
	}
	// But what hangs in one frame all the while has no frames, either.
	ev.Frames.Rates = nil
	b.Reset()
	if err := WriteTerminal(&b, &Report{}, Options{Evidence: ev, Frames: true}); err != nil {
		t.Fatal(err)
	}
	if out := b.String(); strings.Contains(out, "dle, nothing to draw") || !strings.Contains(out, "gomedic check") {
		t.Error(out)
	}
}

// A report on more than frames does not speak of them where there were none.
func TestCheckOfAnIdleProgramSaysNothingOfFrames(t *testing.T) {
	ev, r := sample(t, "healthy")
	ev.Frames = &evidence.Frames{Took: time.Second}
	var b bytes.Buffer
	if err := WriteTerminal(&b, r, Options{Evidence: ev}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "Frames") || strings.Contains(asHTML(t, r, ev, text.English), `class="frames"`) {
		t.Error(b.String())
	}
}

// Every cause has a letter of its own, a family and a name: nothing is told by
// colour alone.
func TestEveryCauseHasItsLetter(t *testing.T) {
	seen := map[string]evidence.LateCause{}
	for _, c := range Causes() {
		letter := CauseLetter(c)
		if other, ok := seen[letter]; ok {
			t.Errorf("%s and %s share the letter %s", c, other, letter)
		}
		seen[letter] = c
		if width(letter) != 1 || CauseStyle(c) == "" {
			t.Errorf("%s: letter %q, style %q", c, letter, CauseStyle(c))
		}
	}
	if len(seen) != 21 {
		t.Errorf("%d causes, evidence has 21", len(seen))
	}
}

func TestMainCause(t *testing.T) {
	share := func(c evidence.LateCause, d time.Duration) evidence.FrameShare {
		return evidence.FrameShare{Cause: c, Took: d}
	}
	for _, tt := range []struct {
		shares []evidence.FrameShare
		want   evidence.LateCause
	}{
		{[]evidence.FrameShare{share(evidence.CausePace, 20), share(evidence.CauseUser, 9), share(evidence.CauseGC, 3)}, evidence.CauseUser},
		{[]evidence.FrameShare{share(evidence.CauseUser, 9), share(evidence.CausePace, 20)}, evidence.CauseUser},
		{[]evidence.FrameShare{share(evidence.CausePace, 20)}, evidence.CausePace},
		{[]evidence.FrameShare{share(evidence.CauseLock, 1), share(evidence.CauseUser, 9)}, evidence.CauseUser},
	} {
		if got := MainCause(&evidence.LateFrame{Shares: tt.shares}); got.Cause != tt.want {
			t.Errorf("%+v: %s, want %s", tt.shares, got.Cause, tt.want)
		}
	}
	if MainCause(&evidence.LateFrame{}) != nil {
		t.Error("a cause out of nothing")
	}
}

func TestWindowFigures(t *testing.T) {
	const period = 16 * time.Millisecond
	var frames []evidence.FrameTime
	at := time.Duration(0)
	add := func(wait, took time.Duration) {
		f := evidence.FrameTime{Start: at + wait, End: at + wait + took, Interval: wait + took, Waited: wait, Late: took > 24*time.Millisecond, Updates: 2}
		frames, at = append(frames, f), f.End
	}
	for range 50 {
		add(12*time.Millisecond, 8*time.Millisecond) // 50 a second, by a timer
	}
	add(3*time.Second, 8*time.Millisecond) // a rest is not slow
	add(0, 40*time.Millisecond)
	f := WindowFigures(frames, period)
	if f.Frames != 52 || f.Late != 1 || f.Dropped != 2 || f.FPS < 48 || f.FPS > 51 || f.TPS < 96 || f.TPS > 102 {
		t.Errorf("%+v", f)
	}
	if f.Time.P50 != 8*time.Millisecond || f.Time.P99 != 40*time.Millisecond || f.Time.Max != 40*time.Millisecond {
		t.Errorf("%+v", f.Time)
	}
}

func TestFrameLog(t *testing.T) {
	ev := sampleframes.Make(5 * time.Second)
	var b bytes.Buffer
	l := NewFrameLog(&b, text.English)
	f, i, j := ev.Frames, 0, 0
	l.Period = f.Period
	for at := time.Second; at <= 5*time.Second; at += time.Second {
		for ; i < len(f.Times) && f.Times[i].End <= at; i++ {
			l.Frame(f.Times[i])
		}
		for ; j < len(f.Late) && f.Late[j].End <= at; j++ {
			l.Late(f, &f.Late[j])
		}
		l.Second(at, 0, true)
	}
	l.Second(6*time.Second, 800*time.Millisecond, true)
	l.Second(7*time.Second, 0, true)
	l.Second(8*time.Second, 0, false)
	golden(t, "frames.log.txt", b.Bytes())
}

// A stream holds each frame, and every line is as the published schema says.
func TestFrameStream(t *testing.T) {
	ev, r := framesReport()
	var b bytes.Buffer
	s := NewFrameStream(&b, &ev.Target)
	for i := range ev.Frames.Times {
		s.Frame(ev.Frames.Times[i])
	}
	for i := range ev.Frames.Late {
		s.Late(ev.Frames, &ev.Frames.Late[i])
	}
	if err := s.End(ev.Frames, r); err != nil {
		t.Fatal(err)
	}
	schema := schemaAt(t, "../../docs/schema/frames-v1.json")
	kinds := map[string]int{}
	lines := bufio.NewScanner(&b)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v map[string]any
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{"schema", "frame", "late", "figures", "report"} {
			if _, ok := v[kind]; ok {
				kinds[kind]++
			}
		}
		if err := schema.Validate(v); err != nil {
			t.Fatalf("%v\n%.400s", err, lines.Text())
		}
	}
	want := map[string]int{"schema": 1, "frame": len(ev.Frames.Times), "late": len(ev.Frames.Late), "figures": 1, "report": 1}
	if fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", kinds, want)
	}
}

// A long watch makes a page of bearable size that asks for nothing.
func TestFramesPageStaysSmall(t *testing.T) {
	ev := sampleframes.Make(3 * time.Minute)
	page := asHTML(t, &Report{Target: ev.Target}, ev, text.English)
	if len(page) > 2<<20 {
		t.Errorf("the page has %d bytes, want at most 2 MiB", len(page))
	}
	for _, bad := range []string{`<script`, ` style=`, ` src=`, ` href=`, `ZgotmplZ`, `url(`} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %s", bad)
		}
	}
}

// Whatever a target calls itself, and whatever a bundle says, stays text.
func TestFramesCleanTheTarget(t *testing.T) {
	evil := "\x1b]0;owned\a\u202e</style><script>"
	ev := sampleframes.Make(2 * time.Second)
	for i := range ev.Frames.Stacks {
		for j := range ev.Frames.Stacks[i] {
			ev.Frames.Stacks[i][j].Function, ev.Frames.Stacks[i][j].File = evil, evil
		}
	}
	ev.Frames.Late[0].Shares[0].Cause, ev.Frames.PeriodFrom = evidence.LateCause(evil), evil
	ev.Frames.Late[1].Shares[0].Took = -1 << 62
	ev.Frames.Times[5].Parts[0].Kind = evidence.PartKind(evil)
	page := asHTML(t, &Report{}, ev, text.English)
	if strings.Contains(page, "<script") || strings.Contains(page, "\x1b") || strings.Count(page, "</style>") != 1 {
		t.Error("the page takes the target's word")
	}
	var b bytes.Buffer
	if err := WriteTerminal(&b, &Report{}, Options{Evidence: ev, Frames: true, Verbose: true}); err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(b.String(), "\n") {
		if clean(l) != l {
			t.Errorf("not clean: %q", l)
		}
	}
}
