package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

func asHTML(t *testing.T, r *Report, ev *evidence.Evidence, lang text.Lang) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHTML(&b, r, ev, lang); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHTMLGolden(t *testing.T) {
	for _, name := range sampleNames {
		for _, lang := range []text.Lang{text.English, text.Chinese} {
			ev, r := sample(t, name)
			golden(t, name+"."+string(lang)+".html", []byte(asHTML(t, r, ev, lang)))
		}
	}
}

func TestHTMLWithoutEvidence(t *testing.T) {
	_, r := sample(t, "mutex")
	page := asHTML(t, r, nil, text.English)
	if !strings.Contains(page, "the UI waits for a lock") || strings.Contains(page, `class="timeline"`) {
		t.Error("without evidence the page must show the finding and no timeline")
	}
}

// The page loads nothing, runs nothing, and its policy allows its one style
// sheet by digest.
func TestHTMLIsSelfContained(t *testing.T) {
	for _, name := range sampleNames {
		ev, r := sample(t, name)
		page := asHTML(t, r, ev, text.Chinese)
		for _, bad := range []string{`<script`, `<link`, `<img`, `<iframe`, `@import`, ` style=`, ` src=`, ` href=`, `javascript:`, `ZgotmplZ`} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page contains %s", name, bad)
			}
		}
		for _, target := range regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(page, -1) {
			if !strings.HasPrefix(target[1], "#") {
				t.Errorf("%s: the page refers to %s", name, target[1])
			}
		}
		style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(page)
		digest := sha256.Sum256([]byte(style[1]))
		if want := "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"; !strings.Contains(html.UnescapeString(page), want) {
			t.Errorf("%s: the policy does not allow the style sheet %s", name, want)
		}
	}
}

// Whatever the target calls itself, it stays text.
func TestHTMLEscapesTheTarget(t *testing.T) {
	evil := `"><script>alert(1)</script></style></title><svg onload=x> ' onmouseover='x` + "\u202e\x1b"
	ev, r := sample(t, "mutex")
	r.Target.Name, r.Target.Exe, r.Target.Go, r.Target.Toolkit = evil, evil, evil, evil
	f := &r.Findings[0]
	f.ID, f.Title, f.Severity = evil, text.Literal(evil), Severity(evil)
	f.Where = &Place{Function: evil, File: evil, Line: 1, Goroutine: 1, State: evil, Path: evil}
	f.Chain = []Link{{Place: *f.Where, WaitsFor: text.Literal(evil)}}
	f.Why, f.Remedy = []text.Text{text.T("why.file", evil)}, []text.Text{text.Literal(evil)}
	f.Alternatives[0].ID = evil
	r.Limits[0], r.Probes[0].Name = Limit{evil, text.Literal(evil), text.Literal(evil)}, evil
	for i := range ev.Freeze.Goroutines {
		g := &ev.Freeze.Goroutines[i]
		g.WaitReason, g.Cut, g.Created = evil, evil, &evidence.Frame{Function: evil, File: evil}
		for j := range g.Frames {
			g.Frames[j].Function, g.Frames[j].File, g.Frames[j].Origin = evil, evil, evidence.Origin(evil)
		}
		for j := range g.WaitsOn {
			g.WaitsOn[j].Kind, g.WaitsOn[j].Note = evil, evil
		}
	}
	for i := range ev.Freeze.Points {
		p := &ev.Freeze.Points[i]
		p.WaitReason, p.Status, p.Activity = evil, evil, evidence.Activity(evil)
	}
	ev.Freeze.UI[0].Role = evidence.Role(evil)
	page := asHTML(t, r, ev, text.English)
	for _, bad := range []string{"<script", "<svg onload", `' onmouseover='`, "\u202e", "\x1b"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	if n := strings.Count(page, "</style>"); n != 1 {
		t.Errorf("%d ends of the style sheet, want 1", n)
	}
}

// A deep stack under the timeline still shows the user's line.
func TestCondensedStackShowsTheUsersLine(t *testing.T) {
	h := &htmlPage{lang: text.English}
	for deep := range 60 {
		var frames []evidence.Frame
		for i := range deep {
			frames = append(frames, evidence.Frame{Function: fmt.Sprint("std.f", i), Origin: evidence.OriginStd})
		}
		frames = append(frames, evidence.Frame{Function: "main.load", Origin: evidence.OriginUser})
		for i := range 20 {
			frames = append(frames, evidence.Frame{Function: fmt.Sprint("kit.f", i), Origin: evidence.OriginToolkit})
		}
		s := h.condensed(frames)
		seen, shown := false, len(s.Frames)+s.More
		for _, f := range s.Frames {
			seen = seen || f.Function == "main.load"
			shown += f.Skipped
		}
		if !seen || shown != len(frames) || len(s.Frames) > timelineFrames {
			t.Errorf("%d deep: seen %v, %d of %d frames accounted for, %d shown", deep, seen, shown, len(frames), len(s.Frames))
		}
	}
}

func TestHTMLSaysThatTheDiskIsFull(t *testing.T) {
	ev, r := sample(t, "mutex")
	if err := WriteHTML(&failAfter{100}, r, ev, text.English); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// A page of 20,000 goroutines, each with a stack of its own, stays a page.
func TestHTMLStaysSmall(t *testing.T) {
	ev, r := sample(t, "mutex")
	lock := ev.Freeze.Goroutines[0].WaitsOn
	for i := range 20_000 {
		ev.Freeze.Goroutines = append(ev.Freeze.Goroutines, evidence.Goroutine{
			ID: uint64(1000 + i), Status: evidence.StatusWaiting, WaitsOn: lock,
			Frames: []evidence.Frame{{Function: fmt.Sprintf("main.worker%d", i), File: "/src/w.go", Line: i}},
		})
	}
	for i := range 5_000 {
		ev.Freeze.Points = append(ev.Freeze.Points, evidence.Point{At: 1e9 + 1e6*1, Goroutine: 1, Activity: evidence.Idle, Stack: i % 2})
	}
	if page := asHTML(t, r, ev, text.English); len(page) > 2<<20 {
		t.Errorf("the page has %d bytes, want at most 2 MiB", len(page))
	}
}
