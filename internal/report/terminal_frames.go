package report

import (
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

const (
	mostLate   = 12 // late frames that the report lists unless asked for all
	mostCauses = 5
)

// frames writes the figures of the frames, and with Options.Frames the late ones.
func (t *terminal) frames() {
	if t.o.Evidence == nil || t.o.Evidence.Frames == nil {
		return
	}
	f := t.o.Evidence.Frames
	if !drew(f) && !t.o.Frames && t.freeze != nil {
		return // what the UI did instead has been said
	}
	lines := frameLines(f, t.o.Lang)
	t.page.blank()
	t.page.line(span{}, span{}, span{styleBold, t.say("frames.heading")})
	if !t.o.Frames && len(lines) > 2 {
		lines = lines[:2]
	}
	for _, l := range lines {
		t.page.line(plain("  "), plain("    "), plain(l))
	}
	if t.o.Frames {
		t.causes(f)
		t.lateFrames(f)
	}
}

// causes writes what the time of all late frames was spent on.
func (t *terminal) causes(f *evidence.Frames) {
	all := CauseShares(f.Late)
	if len(all) == 0 {
		return
	}
	spans := []span{plain(t.say("frames.causes") + "  ")}
	for i, c := range all {
		if i == mostCauses && !t.o.Verbose {
			spans = append(spans, plain("  …"))
			break
		}
		if i > 0 {
			spans = append(spans, plain("  "))
		}
		spans = append(spans, span{style(CauseStyle(c.Cause)), CauseLetter(c.Cause) + " " + CauseName(c.Cause, t.o.Lang)}, plain(" "+text.Percent(c.Share)))
	}
	t.page.line(plain("  "), plain("    "), spans...)
}

// lateFrames lists the late frames, in order.
func (t *terminal) lateFrames(f *evidence.Frames) {
	late := f.Late
	if len(late) == 0 {
		return
	}
	t.page.blank()
	heading := t.say("frames.list")
	if len(late) > mostLate && !t.o.Verbose {
		heading = t.say("frames.list.last", mostLate, len(late))
		late = late[len(late)-mostLate:]
	}
	t.page.line(span{}, span{}, span{styleBold, heading})
	for i := range late {
		t.page.line(plain("  "), plain("      "), t.lateSpans(f, &late[i])...)
	}
}

func (t *terminal) lateSpans(f *evidence.Frames, l *evidence.LateFrame) []span {
	line := LateLineOf(f, l, t.o.Lang)
	spans := []span{{styleDim, pad(line.Number, 6) + " " + pad(line.At, 9)}, plain(pad(line.Took, 8) + "  "),
		{style(line.Style), line.Letter + " " + line.Cause}, plain(" " + line.Share)}
	if line.Where != "" {
		spans = append(spans, plain("  "), span{styleCyan, line.Where}, plain("  "), span{styleBold, line.Function})
	}
	return spans
}

// pad fills s up with spaces to n columns.
func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-width(s))) }

// LateLine is one late frame in the pieces of a line; all are clean.
type LateLine struct {
	Number, At, Took      string
	Letter, Cause, Style  string // the main cause
	Share                 string
	Where, Function, Path string // the user's line, empty if none was seen
}

// LateLineOf puts a late frame into words.
func LateLineOf(f *evidence.Frames, l *evidence.LateFrame, lang text.Lang) LateLine {
	line := LateLine{Number: "#" + strconv.Itoa(l.N), At: Seconds(l.Start), Took: text.Duration(l.End - l.Start).In(lang)}
	s := MainCause(l)
	if s == nil {
		s = &evidence.FrameShare{Cause: evidence.CauseUnknown, Took: l.End - l.Start, Stack: -1, Place: -1}
	}
	line.Letter, line.Cause, line.Style = CauseLetter(s.Cause), CauseName(s.Cause, lang), CauseStyle(s.Cause)
	line.Share = text.Percent(shareOf(s.Took, l.End-l.Start))
	if p, ok := SharePlace(f, s); ok {
		line.Where, line.Function, line.Path = p.At(), p.Short(), p.Path
	}
	return line
}

// shareOf is part/whole between 0 and 1.
func shareOf(part, whole time.Duration) float64 {
	if whole <= 0 || part <= 0 {
		return 0
	}
	return min(1, float64(part)/float64(whole))
}

// Seconds is a time of the watch as "3.214 s".
func Seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) + " s" }

// frameLines says the figures in sentences: for each goroutine that makes frames
// its rates and its times, then the parts.
func frameLines(f *evidence.Frames, lang text.Lang) []string {
	say := func(key string, args ...any) string { return text.T(key, args...).In(lang) }
	var lines, parts []string
	for i := range f.Rates {
		r := &f.Rates[i]
		if r.Frames == 0 && r.Turns == 0 {
			continue
		}
		fig := RateFigures(r)
		rates := fig.Rates(lang)
		if r.Idle > 0 {
			rates = append(rates, say("frames.active", text.Duration(r.Active), text.Duration(r.Idle)))
		} else {
			rates = append(rates, say("frames.drew", text.Duration(r.Active)))
		}
		if r.Turns > 0 {
			rates = append(rates, text.Plural("frames.turns", r.Turns).In(lang))
		}
		line := strings.Join(rates, " · ")
		if len(f.Rates) > 1 {
			line = say("report.goroutine", r.Goroutine) + ": " + line
		}
		lines = append(lines, line)
		if r.Frames > 0 {
			lines = append(lines, strings.Join(append(fig.Times(lang), limitWords(f, lang)...), " · "))
		}
		if p := fig.PartTimes(lang); len(p) > 0 {
			parts = append(parts, say("frames.parts")+"  "+strings.Join(p, " · "))
		}
	}
	lines = append(lines, parts...)
	if len(lines) == 0 {
		if rested(f) {
			return []string{say("frames.idle")}
		}
		return []string{say("frames.none")}
	}
	if f.Source == evidence.FromSamples {
		lines = append(lines, say("frames.sampled"))
	}
	if f.Lost > 0 {
		lines = append(lines, say("frames.lost", f.Lost))
	}
	return lines
}

// limitWords says when a frame is late, and the display's period.
func limitWords(f *evidence.Frames, lang text.Lang) []string {
	out := []string{text.T("frames.over", text.Duration(f.Over)).In(lang)}
	if f.Period > 0 {
		from := "frames.period.display"
		switch f.PeriodFrom {
		case "assumed":
			from = "frames.period.assumed"
		case "flag":
			from = "frames.period.flag"
		}
		out = append(out, text.T(from, rate(1/f.Period.Seconds())).In(lang))
	}
	return out
}

// drew reports whether a frame was seen.
func drew(f *evidence.Frames) bool {
	for i := range f.Rates {
		if f.Rates[i].Frames > 0 || f.Rates[i].Turns > 0 {
			return true
		}
	}
	return len(f.Times) > 0 || len(f.Late) > 0
}

// rested reports whether somebody who makes frames was seen to have nothing to do.
// That no frame was seen says nothing: it may hang in one.
func rested(f *evidence.Frames) bool {
	for i := range f.Rates {
		if f.Rates[i].Idle > f.Took/2 && f.Rates[i].Idle > 0 {
			return true
		}
	}
	return false
}

// framesHealthyKey chooses the verdict on frames in which no rule found anything
// wrong.
func framesHealthyKey(r *Report, f *evidence.Frames) string {
	frames, late := 0, 0
	for i := range f.Rates {
		frames += f.Rates[i].Frames
		late += f.Rates[i].Late + f.Rates[i].Turns
	}
	still := frames == 0 && late == 0 && rested(f)
	switch {
	case still && len(r.Limits) <= 1: // one of them says what to do about it
		return "frames.healthy.idle"
	case len(r.Limits) > 0:
		return "report.healthy.blind"
	case still:
		return "frames.healthy.idle"
	case frames == 0 && late == 0:
		return "frames.healthy.none"
	case late > 0:
		return "frames.healthy.late"
	}
	return "frames.healthy"
}

// verdictKey is healthyKey, or that of the frames or the heap where only they were
// looked at.
func verdictKey(r *Report, ev *evidence.Evidence) string {
	if ev == nil {
		return healthyKey(r, nil)
	}
	if ev.Page != nil {
		return pageHealthyKey(r, ev.Page)
	}
	if ev.Freeze == nil && ev.Frames != nil {
		return framesHealthyKey(r, ev.Frames)
	}
	if ev.Freeze == nil && ev.Heap != nil {
		return heapHealthyKey(r, ev.Heap)
	}
	if ev.Freeze == nil && ev.Native != nil {
		return nativeHealthyKey(r, ev.Native)
	}
	if ev.Freeze == nil && ev.Plugin != nil {
		return "plugin.healthy"
	}
	if ev.Target.Kind == evidence.KindLog {
		return "gpu.healthy"
	}
	if ev.Freeze == nil && ev.Watching != nil {
		return watchingHealthyKey(r, ev.Watching)
	}
	if ev.Freeze == nil && ev.WasmFile != nil {
		return "wasmfile.healthy"
	}
	if ev.Freeze == nil && ev.Assets != nil {
		return assetsHealthyKey(r, ev.Assets)
	}
	return healthyKey(r, ev.Freeze)
}
