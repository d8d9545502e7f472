package report

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// FrameLog writes what a watch of frames sees while it goes on, in lines that can
// be read in a file: one for each late frame, and one a second with the figures.
// It is not safe for concurrent use.
type FrameLog struct {
	Period time.Duration // of the display, as soon as known
	page   page
	lang   text.Lang
	last   map[uint64][]evidence.FrameTime // by goroutine
	order  []uint64                        // the goroutines, in the order seen
}

// figureFrames is over how many frames the figures are, at least.
const figureFrames = 60

// NewFrameLog returns a log that writes to w.
func NewFrameLog(w io.Writer, lang text.Lang) *FrameLog {
	return &FrameLog{page: page{w: w}, lang: lang, last: map[uint64][]evidence.FrameTime{}}
}

// Frame notes a frame that has ended.
func (l *FrameLog) Frame(t evidence.FrameTime) {
	if _, ok := l.last[t.Goroutine]; !ok {
		l.order = append(l.order, t.Goroutine)
	}
	l.last[t.Goroutine] = append(l.last[t.Goroutine], t)
}

// Late writes the line of a late frame.
func (l *FrameLog) Late(f *evidence.Frames, late *evidence.LateFrame) {
	line := LateLineOf(f, late, l.lang)
	parts := []string{line.At, text.T("frames.log.late").In(l.lang), line.Number, line.Took, line.Letter + " " + line.Cause + " " + line.Share}
	if line.Where != "" {
		parts = append(parts, line.Where, line.Function)
	}
	l.page.line(plain(""), plain(""), plain(strings.Join(parts, "  ")))
}

// Second writes the figures at the time given: of the frames of the last second,
// or of the last 60 if those are fewer. underWay is for how long a frame has been
// in the making; a program that hangs in one is not idle, and where that is not
// known, nothing is called idle.
func (l *FrameLog) Second(at, underWay time.Duration, known bool) {
	if underWay > 0 {
		l.say(at, text.T("frames.underway", text.Duration(underWay)).In(l.lang))
		return
	}
	wrote := false
	for _, id := range l.order {
		all := l.last[id]
		from := slices.IndexFunc(all, func(t evidence.FrameTime) bool { return t.End > at-time.Second })
		if from < 0 {
			l.last[id] = all[max(0, len(all)-figureFrames):]
			continue // it rests
		}
		all = all[max(0, min(from, len(all)-figureFrames)):]
		l.last[id] = all
		fig := WindowFigures(all, l.Period)
		line := strings.Join(slices.Concat(fig.Rates(l.lang), fig.Times(l.lang)), " · ")
		if len(l.order) > 1 {
			line = text.T("report.goroutine", id).In(l.lang) + ": " + line
		}
		l.say(at, line)
		wrote = true
	}
	switch {
	case wrote:
	case known:
		l.say(at, text.T("frames.idle").In(l.lang))
	default:
		l.say(at, text.T("live.no-frames").In(l.lang))
	}
}

func (l *FrameLog) say(at time.Duration, s string) {
	l.page.line(plain(""), plain(""), plain(Seconds(at.Truncate(time.Second))+"  "+s))
}

// Err is the writer's first error.
func (l *FrameLog) Err() error { return l.page.err }
