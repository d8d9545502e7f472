package live

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/evidence/sampleframes"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

// player plays recorded frames.
type player struct {
	ev           *evidence.Evidence
	frames, late int
}

// until returns what is seen up to a moment.
func (p *player) until(at time.Duration) Batch {
	f := p.ev.Frames
	b := Batch{At: at, Heard: true}
	for ; p.frames < len(f.Times) && f.Times[p.frames].End <= at; p.frames++ {
		b.Frames = append(b.Frames, f.Times[p.frames])
	}
	for ; p.late < len(f.Late) && f.Late[p.late].End <= at; p.late++ {
		b.Late = append(b.Late, f.Late[p.late])
	}
	now := *f
	now.Took, now.Times, now.Late, now.Samples = at, f.Times[:p.frames], f.Late[:p.late], nil
	for _, s := range f.Samples {
		if s.At <= at {
			now.Samples = append(now.Samples, s)
		}
	}
	b.SoFar = &now
	return b
}

// stage is a model of a size, with a player.
func stage(lang text.Lang, width, height int, color bool) (*model, *player) {
	m := newModel(Options{Title: []string{"orders", "pid 4711", "go1.26.1", "fyne v2.7.1"}, Lang: lang, Color: color, Next: func() Batch { return Batch{} }})
	m.Update(tea.WindowSizeMsg{Width: width, Height: height})
	return m, &player{ev: sampleframes.Make(6 * time.Second)}
}

func play(m *model, p *player, at time.Duration) { m.Update(newsMsg(p.until(at))) }

func press(m *model, keys ...string) {
	codes := map[string]rune{"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "pgdown": tea.KeyPgDown}
	for _, k := range keys {
		msg := tea.KeyPressMsg{Code: codes[k]}
		if msg.Code == 0 {
			msg = tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		}
		m.Update(msg)
	}
}

func TestScreensGolden(t *testing.T) {
	for _, tt := range []struct {
		name          string
		lang          text.Lang
		width, height int
		color         bool
		at            time.Duration
		keys          []string
	}{
		{"overview", text.English, 80, 24, false, 2500 * time.Millisecond, nil},
		{"overview.color", text.English, 80, 24, true, 2500 * time.Millisecond, nil},
		{"overview.large", text.Chinese, 120, 40, false, 5800 * time.Millisecond, nil},
		{"overview.small", text.English, 40, 15, false, 5800 * time.Millisecond, []string{"down"}},
		{"zoomed", text.English, 80, 24, false, 5800 * time.Millisecond, []string{"-", "-"}},
		{"idle", text.English, 80, 24, false, 3600 * time.Millisecond, nil},
		{"first", text.English, 80, 24, false, 1 * time.Millisecond, nil},
		{"detail", text.English, 80, 24, false, 2500 * time.Millisecond, []string{"down", "down", "down", "enter"}},
		{"detail.zh", text.Chinese, 100, 40, false, 2500 * time.Millisecond, []string{"enter", "left"}},
		{"help", text.English, 80, 50, false, 2500 * time.Millisecond, []string{"?"}},
	} {
		m, p := stage(tt.lang, tt.width, tt.height, tt.color)
		play(m, p, tt.at)
		press(m, tt.keys...)
		golden(t, tt.name+".txt", m.draw()+"\n")
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./internal/live -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test ./internal/live -update writes it anew, then git diff):\n%s", path, got)
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Whatever the size, the screen keeps to it.
func TestScreensKeepToTheSize(t *testing.T) {
	for _, lang := range []text.Lang{text.English, text.Chinese} {
		for _, keys := range [][]string{nil, {"enter"}, {"?"}, {"-", "-", "-"}, {"enter", "pgdown", "pgdown", "pgdown"}} {
			for width := 1; width < 130; width += 7 {
				for height := 1; height < 45; height += 6 {
					m, p := stage(lang, width, height, true)
					for at := 100 * time.Millisecond; at < 4*time.Second; at += 900 * time.Millisecond {
						play(m, p, at)
					}
					press(m, keys...)
					lines := strings.Split(sgr.ReplaceAllString(m.draw(), ""), "\n")
					if len(lines) > height {
						t.Fatalf("%v at %dx%d: %d lines", keys, width, height, len(lines))
					}
					for _, l := range lines {
						if report.Width(l) > width {
							t.Fatalf("%v at %dx%d: %d columns: %s", keys, width, height, report.Width(l), l)
						}
					}
				}
			}
		}
	}
}

// What rests is never called slow, and what hangs is not called idle.
func TestIdleAndUnderWay(t *testing.T) {
	idle, slow := text.T("frames.idle").In(text.English), "in the making"
	m, p := stage(text.English, 100, 30, false)
	for at := time.Duration(0); at < 6*time.Second; at += 100 * time.Millisecond {
		play(m, p, at)
		out := m.draw()
		if resting := at > 3100*time.Millisecond && at <= 3900*time.Millisecond; strings.Contains(out, idle) != resting && at > 100*time.Millisecond {
			t.Errorf("at %v: idle %v, want %v", at, !resting, resting)
		}
	}
	// A frame of four seconds: nothing ends, but it is known to be in the making.
	m, _ = stage(text.English, 100, 30, false)
	m.Update(newsMsg(Batch{At: 4 * time.Second, UnderWay: 3 * time.Second, Heard: true}))
	if out := m.draw(); !strings.Contains(out, slow) || strings.Contains(out, idle) {
		t.Errorf("a frame under way is shown as\n%s", out)
	}
}

// As long as nothing was told, nothing is called idle.
func TestNothingToldIsNotIdle(t *testing.T) {
	m, _ := stage(text.English, 80, 24, false)
	m.Update(newsMsg(Batch{At: 3 * time.Second}))
	if out := m.draw(); strings.Contains(out, "idle") || !strings.Contains(out, "no frame yet") {
		t.Error(out)
	}
}

// The selection stays with its frame when new ones come, until the newest is
// selected.
func TestSelectionStays(t *testing.T) {
	m, p := stage(text.English, 80, 24, false)
	play(m, p, 2*time.Second)
	press(m, "down", "down")
	n := m.late[m.selection()].N
	play(m, p, 5*time.Second)
	if got := m.late[m.selection()].N; got != n {
		t.Errorf("frame %d is selected, want %d", got, n)
	}
	for range 50 {
		press(m, "up")
	}
	play(m, p, 6*time.Second)
	if m.selection() != len(m.late)-1 {
		t.Error("the newest is not followed")
	}
}

func TestPauseHoldsTheScreen(t *testing.T) {
	m, p := stage(text.English, 80, 24, false)
	play(m, p, 2*time.Second)
	press(m, "p")
	before := m.draw()
	play(m, p, 5*time.Second)
	if m.draw() != before {
		t.Error("the screen changed while paused")
	}
	press(m, "p")
	if m.at != 5*time.Second || len(m.late) != p.late {
		t.Errorf("after the pause: %v, %d late frames of %d", m.at, len(m.late), p.late)
	}
}

func TestKeysEndAndReturn(t *testing.T) {
	m, p := stage(text.English, 80, 24, false)
	play(m, p, 2*time.Second)
	press(m, "enter")
	if m.screen != detail {
		t.Error("enter opens nothing")
	}
	press(m, "esc")
	if m.screen != overview {
		t.Error("esc does not return")
	}
	for _, msg := range []tea.Msg{tea.KeyPressMsg{Code: 'q', Text: "q"}, tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}, newsMsg{Ended: true}} {
		if _, cmd := m.Update(msg); cmd == nil {
			t.Errorf("%v does not end the view", msg)
		} else if _, ok := cmd().(tea.QuitMsg); !ok {
			t.Errorf("%v does not end the view", msg)
		}
	}
}

// Two windows: tab shows the frames of the other.
func TestTabShowsTheOtherGoroutine(t *testing.T) {
	m, _ := stage(text.English, 80, 24, false)
	var b Batch
	for i := range 20 {
		at := time.Duration(i) * 16 * time.Millisecond
		b.Frames = append(b.Frames, evidence.FrameTime{N: i + 1, Goroutine: uint64(7 + i%2), Start: at, End: at + 4*time.Millisecond})
	}
	b.At = 320 * time.Millisecond
	m.Update(newsMsg(b))
	if !strings.Contains(m.draw(), "goroutine 7 (1 of 2") || len(m.own()) != 10 {
		t.Errorf("%s", m.draw())
	}
	press(m, "tab")
	if !strings.Contains(m.draw(), "goroutine 8 (2 of 2") {
		t.Errorf("%s", m.draw())
	}
}

// Nothing that the target calls itself reaches the terminal as more than text.
func TestTargetTextIsClean(t *testing.T) {
	m, _ := stage(text.English, 100, 40, false)
	evil := "\x1b]0;owned\a\u202e\n"
	f := &evidence.Frames{Stacks: [][]evidence.Frame{{{Function: evil, File: evil, Line: 1}}}}
	late := evidence.LateFrame{FrameTime: evidence.FrameTime{N: 1, End: 90e6, Late: true}, Shares: []evidence.FrameShare{{Cause: evidence.LateCause(evil), Took: 90e6}}}
	m.Update(newsMsg(Batch{Frames: []evidence.FrameTime{late.FrameTime}, Late: []evidence.LateFrame{late}, SoFar: f}))
	for _, keys := range [][]string{nil, {"enter"}} {
		press(m, keys...)
		if out := strings.ReplaceAll(m.draw(), "\n", ""); report.Clean(out) != out {
			t.Errorf("not clean: %q", out)
		}
	}
}

// The whole program, without a terminal: it ends with the watch.
func TestRunEndsWithTheWatch(t *testing.T) {
	p := &player{ev: sampleframes.Make(2 * time.Second)}
	calls := 0
	o := Options{Title: []string{"orders"}, Lang: text.English, Next: func() Batch {
		calls++
		b := p.until(time.Duration(calls) * 500 * time.Millisecond)
		b.Ended = calls == 4
		return b
	}}
	var out bytes.Buffer
	if err := Run(t.Context(), strings.NewReader(""), &out, o); err != nil {
		t.Fatal(err)
	}
	if calls != 4 {
		t.Errorf("%d calls, output %.200q", calls, &out)
	}
}
