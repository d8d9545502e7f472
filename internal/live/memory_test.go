package live

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// memorySamples are those of a program that keeps by bytes more each second and
// throws ten times as much away, with a collection every six seconds.
func memorySamples(n int, by int64) []evidence.MemorySample {
	const mb = 1 << 20
	var out []evidence.MemorySample
	live, gc := int64(20*mb), int64(3)
	for i := range n {
		kept := 20*mb + int64(i)*by
		if i > 0 && i%6 == 0 {
			gc++
			live = kept
		}
		out = append(out, evidence.MemorySample{
			At: time.Duration(i) * time.Second, HeapAlloc: kept + int64(i%6)*4*mb, Live: live, GC: gc, NextGC: 2 * live,
			Objects: kept / 100, RSS: 60*mb + int64(i)*by + int64(math.Sqrt(float64(i)))*mb, Goroutines: int64(12 + i%3),
			Released: 3 * mb, Pause: time.Duration(gc) * 300 * time.Microsecond,
		})
	}
	return out
}

func memoryStage(lang text.Lang, width, height int, color bool) *memoryModel {
	m := newMemoryModel(MemoryOptions{Title: []string{"orders", "pid 4711", "go1.26.1", "fyne v2.7.1"}, Lang: lang, Color: color, Next: func() MemoryBatch { return MemoryBatch{} }})
	m.Update(tea.WindowSizeMsg{Width: width, Height: height})
	return m
}

func memoryBatch(n int, by int64) MemoryBatch {
	all := memorySamples(n, by)
	b := MemoryBatch{Samples: all, At: time.Duration(n) * time.Second}
	b.Verdict = report.MemoryVerdict{Needed: 3, Collections: (n - 1) / 6, Over: time.Duration((n-1)/6*6) * time.Second}
	if by > 0 && n > 18 {
		b.Verdict.Live = evidence.Trend{Bytes: float64(by), Confidence: 0.97}
		b.Verdict.Worth = true
	}
	return b
}

func pressMemory(m *memoryModel, keys ...string) {
	codes := map[string]rune{"esc": tea.KeyEsc, "space": tea.KeySpace}
	for _, k := range keys {
		msg := tea.KeyPressMsg{Code: codes[k]}
		if msg.Code == 0 {
			msg = tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		}
		m.Update(msg)
	}
}

func TestMemoryScreensGolden(t *testing.T) {
	for _, tt := range []struct {
		name          string
		lang          text.Lang
		width, height int
		color         bool
		n             int
		by            int64
		keys          []string
	}{
		{"memory", text.English, 80, 24, false, 60, 1 << 20, nil},
		{"memory.color", text.English, 80, 24, true, 60, 1 << 20, nil},
		{"memory.large", text.Chinese, 120, 40, false, 400, 1 << 17, nil},
		{"memory.small", text.English, 38, 12, false, 60, 1 << 20, nil},
		{"memory.steady", text.English, 80, 24, false, 60, 0, nil},
		{"memory.first", text.English, 80, 24, false, 1, 0, nil},
		{"memory.none", text.English, 80, 24, false, 0, 0, nil},
		{"memory.zoomed", text.English, 80, 24, false, 60, 1 << 20, []string{"-", "-"}},
		{"memory.help", text.English, 80, 24, false, 60, 1 << 20, []string{"?"}},
	} {
		m := memoryStage(tt.lang, tt.width, tt.height, tt.color)
		m.Update(memoryMsg(memoryBatch(tt.n, tt.by)))
		pressMemory(m, tt.keys...)
		golden(t, tt.name+".txt", m.draw()+"\n")
	}
}

func TestMemoryScreensKeepToTheSize(t *testing.T) {
	for _, lang := range []text.Lang{text.English, text.Chinese} {
		for _, keys := range [][]string{nil, {"?"}, {"-", "-", "-"}, {"+", "+"}, {"-", "0"}} {
			for width := 1; width < 130; width += 7 {
				for height := 1; height < 45; height += 6 {
					m := memoryStage(lang, width, height, true)
					b := memoryBatch(300, 1<<18)
					b.Note = text.Literal("\x1b]0;owned\a snapshot")
					m.Update(memoryMsg(b))
					pressMemory(m, keys...)
					lines := strings.Split(sgr.ReplaceAllString(m.draw(), ""), "\n")
					if len(lines) > height {
						t.Fatalf("%v at %dx%d: %d lines", keys, width, height, len(lines))
					}
					for _, l := range lines {
						if report.Width(l) > width || report.Clean(l) != l {
							t.Fatalf("%v at %dx%d: %d columns: %q", keys, width, height, report.Width(l), l)
						}
					}
				}
			}
		}
	}
}

// A held screen does not change, and loses nothing.
func TestMemoryPause(t *testing.T) {
	m := memoryStage(text.English, 80, 24, false)
	all := memorySamples(30, 1<<20)
	m.Update(memoryMsg(MemoryBatch{Samples: all[:10], At: 10 * time.Second}))
	pressMemory(m, "p")
	before := m.draw()
	m.Update(memoryMsg(MemoryBatch{Samples: all[10:20], At: 20 * time.Second}))
	m.Update(memoryMsg(MemoryBatch{Samples: all[20:], At: 30 * time.Second}))
	if m.draw() != before {
		t.Error("the screen changed while paused")
	}
	pressMemory(m, "p")
	if len(m.samples) != 30 || m.at != 30*time.Second {
		t.Errorf("after the pause: %d samples, %v", len(m.samples), m.at)
	}
}

func TestMemoryKeysEnd(t *testing.T) {
	m := memoryStage(text.English, 80, 24, false)
	for _, msg := range []tea.Msg{tea.KeyPressMsg{Code: 'q', Text: "q"}, tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}, memoryMsg{Ended: true}} {
		if _, cmd := m.Update(msg); cmd == nil {
			t.Errorf("%v does not end the view", msg)
		} else if _, ok := cmd().(tea.QuitMsg); !ok {
			t.Errorf("%v does not end the view", msg)
		}
	}
}

// The whole program, without a terminal: it ends with the watch.
func TestRunMemoryEndsWithTheWatch(t *testing.T) {
	calls := 0
	o := MemoryOptions{Title: []string{"orders"}, Lang: text.English, Next: func() MemoryBatch {
		calls++
		b := memoryBatch(10*calls, 1<<20)
		b.Ended = calls == 3
		return b
	}}
	var out bytes.Buffer
	if err := RunMemory(t.Context(), strings.NewReader(""), &out, o); err != nil {
		t.Fatal(err)
	}
	if calls != 3 {
		t.Errorf("%d calls, output %.200q", calls, &out)
	}
}
