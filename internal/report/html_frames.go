package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// htmlFrames is the section of the page on frames.
type htmlFrames struct {
	Lines  []string // the figures in sentences
	Tiles  []htmlTile
	Charts []htmlChart
	Legend []htmlLegend
	Causes []htmlCause
	Late   []htmlLate
	More   string // late frames left out
	Flame  *htmlFlame
}

type htmlTile struct{ Name, Value, Note string }

// htmlChart is the frames of one goroutine: a bar for each. X and widths are in
// percent, so that the drawing is as wide as the page and its letters are not
// stretched; heights are pixels.
type htmlChart struct {
	Name    string
	Height  int
	Bars    []htmlBar
	Rests   []string // where the program had nothing to draw, X
	Letters []htmlLetter
	Rules   []htmlRule
	Start   string
	End     string
	Grouped string // that a bar stands for several frames
}

type htmlBar struct {
	X, W, Y, H string
	Class      string
	Late       int // index into Late, -1: on time, or not listed
	Broken     bool
	Title      string
}

type htmlLetter struct{ X, Y, Text string }

type htmlRule struct{ X, Y, TextY, Class, Text string }

// htmlCause is a cause's part of the time of all late frames.
type htmlCause struct{ X, W, Class, Letter, Name, Share string }

type htmlLate struct {
	LateLine
	Class  string
	Shares []htmlShare
	Parts  string
	Before string
	Stack  htmlStack
}

type htmlShare struct{ Class, Letter, Name, Share, Took, Place, Full, W string }

const (
	chartTop     = 16.0 // pixels above the bars, for letters
	chartHeight  = 150.0
	maxChartBars = 1200 // beyond, a bar is the slowest of several frames
	letterGap    = 1.8  // percent of the width between two letters
	maxHTMLLate  = 100
	maxCharts    = 8
)

// watched returns nil if no frames were watched.
func (h *htmlPage) watched() *htmlFrames {
	f := h.framesOf
	if f == nil || !drew(f) && h.freeze != nil {
		return nil
	}
	out := &htmlFrames{}
	out.Tiles = h.frameTiles(f)
	lines := frameLines(f, h.lang)
	if len(f.Rates) == 1 && len(out.Tiles) > 0 { // the tiles say it
		idle := h.say("html.frames.idle", text.Duration(f.Rates[0].Idle))
		lines = append([]string{strings.Join(append([]string{idle}, limitWords(f, h.lang)...), " · ")}, lines[2:]...)
	}
	for _, l := range lines {
		out.Lines = append(out.Lines, clean(l))
	}
	listed := map[frameID]int{}
	late := f.Late[max(0, len(f.Late)-maxHTMLLate):]
	if n := len(f.Late) - len(late); n > 0 {
		out.More = h.say("html.frames.late.more", n)
	}
	seen := map[family]bool{}
	for i := range late {
		l := &late[i]
		listed[idOf(&l.FrameTime)] = i
		out.Late = append(out.Late, h.lateFrame(f, l))
		for _, s := range l.Shares {
			seen[familyOf(s.Cause)] = true
		}
	}
	causesOf := map[frameID]evidence.LateCause{}
	for i := range f.Late {
		if s := MainCause(&f.Late[i]); s != nil {
			causesOf[idOf(&f.Late[i].FrameTime)] = s.Cause
		}
	}
	for _, id := range goroutinesOf(&evidence.Frames{Times: f.Times}) {
		if len(out.Charts) < maxCharts {
			out.Charts = append(out.Charts, h.chart(f, id, causesOf, listed))
		}
	}
	if len(out.Charts) == 1 {
		out.Charts[0].Name = ""
	}
	if len(seen) > 0 {
		out.Legend = append(out.Legend, htmlLegend{"f-time", h.say("html.frames.ontime")})
	}
	for _, fam := range families {
		if seen[fam.family] {
			out.Legend = append(out.Legend, htmlLegend{string(fam.family), h.say(fam.key)})
		}
	}
	x := 0.0
	for _, c := range CauseShares(f.Late) {
		out.Causes = append(out.Causes, htmlCause{
			X: percent(x), W: percent(c.Share * 100), Class: string(familyOf(c.Cause)), Letter: CauseLetter(c.Cause),
			Name: CauseName(c.Cause, h.lang), Share: text.Percent(c.Share),
		})
		x += c.Share * 100
	}
	out.Flame = h.flame(f)
	return out
}

// frameID names a frame within a watch.
type frameID struct {
	goroutine uint64
	n         int
	undrawn   bool
}

func idOf(t *evidence.FrameTime) frameID { return frameID{t.Goroutine, t.N, t.Undrawn} }

// frameTiles are the figures of the goroutine that made most frames.
func (h *htmlPage) frameTiles(f *evidence.Frames) []htmlTile {
	var most *evidence.FrameRate
	for i := range f.Rates {
		if most == nil || f.Rates[i].Frames > most.Frames {
			most = &f.Rates[i]
		}
	}
	if most == nil || most.Frames == 0 {
		return nil
	}
	fig := RateFigures(most)
	tiles := []htmlTile{{h.say("html.frames.fps"), rate(fig.FPS), h.say("frames.drew", text.Duration(most.Active))}}
	if fig.TPS > 0 {
		tiles = append(tiles, htmlTile{h.say("html.frames.tps"), rate(fig.TPS), ""})
	}
	return append(tiles,
		htmlTile{h.say("html.frames.late"), fmt.Sprint(fig.Late), h.say("html.frames.of", fig.Frames)},
		htmlTile{h.say("html.frames.dropped"), fmt.Sprint(fig.Dropped), ""},
		htmlTile{"p50", h.in(text.Duration(fig.Time.P50)), ""},
		htmlTile{"p95", h.in(text.Duration(fig.Time.P95)), ""},
		htmlTile{"p99", h.in(text.Duration(fig.Time.P99)), ""},
		htmlTile{h.say("html.frames.max"), h.in(text.Duration(fig.Time.Max)), ""})
}

func (h *htmlPage) chart(f *evidence.Frames, id uint64, causesOf map[frameID]evidence.LateCause, listed map[frameID]int) htmlChart {
	var own []*evidence.FrameTime
	for i := range f.Times {
		if t := &f.Times[i]; t.Goroutine == id && t.End >= t.Start {
			own = append(own, t)
		}
	}
	c := htmlChart{Name: h.goroutine(id), Height: chartHeight}
	if len(own) == 0 {
		return c
	}
	c.Start, c.End = Seconds(own[0].Start), Seconds(own[len(own)-1].End)
	group := (len(own) + maxChartBars - 1) / maxChartBars
	if group > 1 {
		c.Grouped = h.say("html.frames.grouped", group)
	}
	top := 2 * max(f.Over, time.Millisecond)
	for _, t := range own {
		top = max(top, min(t.End-t.Start, 5*f.Over))
	}
	y := func(d time.Duration) float64 {
		return chartHeight - (chartHeight-chartTop)*min(1, float64(d)/float64(top))
	}
	bars := (len(own) + group - 1) / group
	step := 100 / float64(max(bars, 60)) // a few frames make no beams
	lastLetter := -letterGap
	for i := range bars {
		worst := own[i*group]
		rested := false
		for _, t := range own[i*group : min(len(own), (i+1)*group)] {
			if t.End-t.Start > worst.End-worst.Start {
				worst = t
			}
			rested = rested || Rested(t, f.Period)
		}
		took := worst.End - worst.Start
		x := float64(i) * step
		bar := htmlBar{X: percent(x), W: percent(step * 0.84), Y: pixels(y(took)), H: pixels(chartHeight - y(took)), Class: "f-time", Late: -1, Broken: took > top}
		bar.Title = fmt.Sprintf("#%d · %s · %s", worst.N, Seconds(worst.Start), h.in(text.Duration(took)))
		if worst.Late {
			cause, known := causesOf[idOf(worst)]
			if !known {
				cause = evidence.CauseUnknown
			}
			bar.Class = string(familyOf(cause))
			bar.Title += " · " + CauseName(cause, h.lang)
			if n, ok := listed[idOf(worst)]; ok {
				bar.Late = n
			}
			if middle := x + step*0.42; middle-lastLetter >= letterGap {
				lastLetter = middle
				c.Letters = append(c.Letters, htmlLetter{percent(middle), pixels(y(took) - 4), CauseLetter(cause)})
			}
		}
		if rested && i > 0 {
			c.Rests = append(c.Rests, percent(x-step*0.08))
		}
		c.Bars = append(c.Bars, bar)
	}
	rule := func(d time.Duration, class, x, key string) {
		if d > 0 && d < top {
			c.Rules = append(c.Rules, htmlRule{x, pixels(y(d)), pixels(y(d) - 3), class, h.say(key, text.Duration(d))})
		}
	}
	rule(f.Over, "over", "3", "html.frames.over")
	rule(f.Period, "period", "99.7%", "html.frames.period")
	return c
}

func (h *htmlPage) lateFrame(f *evidence.Frames, l *evidence.LateFrame) htmlLate {
	out := htmlLate{LateLine: LateLineOf(f, l, h.lang), Class: string(familyUnknown)}
	main := MainCause(l)
	if main != nil {
		out.Class = string(familyOf(main.Cause))
		if stack := stackOf(f, main.Stack); len(stack) > 0 {
			out.Stack = h.condensed(stack)
		}
	}
	took := l.End - l.Start
	for i := range l.Shares {
		s := &l.Shares[i]
		row := htmlShare{
			Class: string(familyOf(s.Cause)), Letter: CauseLetter(s.Cause), Name: CauseName(s.Cause, h.lang),
			Share: text.Percent(shareOf(s.Took, took)), Took: h.in(text.Duration(s.Took)), W: percent(100 * shareOf(s.Took, took)),
		}
		if p, ok := SharePlace(f, s); ok {
			row.Place, row.Full = p.At()+" "+p.Short(), p.Path
		}
		out.Shares = append(out.Shares, row)
	}
	out.Parts = strings.Join(partTimes(l.Parts, h.lang), " · ")
	var before []string
	for i := range l.Before {
		before = append(before, h.in(text.Duration(l.Before[i].End-l.Before[i].Start)))
	}
	out.Before = strings.Join(before, ", ")
	return out
}

func percent(v float64) string { return fmt.Sprintf("%.3f%%", v) }

func pixels(v float64) string { return fmt.Sprintf("%.1f", v) }
