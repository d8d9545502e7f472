package report

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// MemorySchema names the JSON lines of a watch of memory.
const MemorySchema = "gomedic.memory/v1"

// MemoryVerdict is what a timeline of memory says so far.
type MemoryVerdict struct {
	Live        evidence.Trend `json:"live"`        // bytes after each collection
	Goroutines  evidence.Trend `json:"goroutines"`  // their number
	Collections int            `json:"collections"` // that were seen to end
	Needed      int            `json:"needed"`      // of them, until Live is known
	Over        time.Duration  `json:"over"`        // from the first of them to the last
	// Worth: two looks at all objects would tell more.
	Worth bool `json:"worth"`
}

// sure is the confidence from which on growth is called that.
const sure = 0.5

// Grows reports whether the live heap or the number of goroutines grows, as far
// as can be told.
func (v *MemoryVerdict) Grows() bool {
	return v.Live.Confidence >= sure && v.Live.Bytes > 0 || v.growsGoroutines()
}

func (v *MemoryVerdict) growsGoroutines() bool {
	return v.Goroutines.Confidence >= sure && v.Goroutines.PerSecond > 0
}

// Words says the verdict in sentences: of the live heap, and of goroutines if
// they grow.
func (v *MemoryVerdict) Words(lang text.Lang) []string {
	say := func(key string, args ...any) string { return text.T(key, args...).In(lang) }
	var out []string
	switch l := &v.Live; {
	case v.Collections < v.Needed:
		out = append(out, say("memory.verdict.wait", v.Collections, v.Needed))
	case l.Confidence >= sure && l.Bytes > 0:
		out = append(out, say("memory.verdict.grows", text.Bytes(int64(l.Bytes)), text.Duration(v.Over), confidence(l.Confidence)))
	case l.Slows && l.Bytes > 0:
		out = append(out, say("memory.verdict.slows", text.Bytes(int64(l.Bytes))))
	default:
		out = append(out, say("memory.verdict.steady", v.Collections, text.Duration(v.Over)))
	}
	if v.growsGoroutines() {
		out = append(out, say("memory.verdict.goroutines", strconv.FormatFloat(v.Goroutines.PerSecond, 'f', 1, 64), confidence(v.Goroutines.Confidence)))
	}
	return out
}

// confidence never says that something is certain.
func confidence(c float64) string { return strconv.FormatFloat(min(c, 0.99), 'f', 2, 64) }

// MemoryFigures says a sample in words, the most telling first.
func MemoryFigures(s *evidence.MemorySample, lang text.Lang) []string {
	say := func(key string, n int64) string { return text.T(key, text.Bytes(n)).In(lang) }
	live := text.T("memory.live.unknown").In(lang)
	if s.Live > 0 {
		live = say("memory.live", s.Live)
	}
	return []string{say("memory.heap", s.HeapAlloc), live, say("memory.rss", s.RSS),
		text.Plural("memory.goroutines", int(s.Goroutines)).In(lang), text.Plural("memory.gcs", int(s.GC)).In(lang)}
}

// MemoryDetails are the figures that are of interest after those.
func MemoryDetails(s *evidence.MemorySample, lang text.Lang) []string {
	return []string{text.Plural("memory.objects", int(s.Objects)).In(lang), text.T("memory.next", text.Bytes(s.NextGC)).In(lang),
		text.T("memory.released", text.Bytes(s.Released)).In(lang), text.T("memory.paused", text.Duration(s.Pause)).In(lang)}
}

// MemoryLog writes a watch of memory in lines that can be read in a file. It is
// not safe for concurrent use.
type MemoryLog struct {
	page page
	lang text.Lang
}

// NewMemoryLog returns a log that writes to w.
func NewMemoryLog(w io.Writer, lang text.Lang) *MemoryLog { return &MemoryLog{page{w: w}, lang} }

// Sample writes the line of one sample.
func (l *MemoryLog) Sample(s *evidence.MemorySample) {
	at := strconv.FormatFloat(s.At.Seconds(), 'f', 1, 64) + " s"
	l.page.line(plain(""), plain(""), plain(at+"  "+strings.Join(MemoryFigures(s, l.lang), " · ")))
}

// Verdict writes what the samples say.
func (l *MemoryLog) Verdict(v *MemoryVerdict) {
	for _, w := range v.Words(l.lang) {
		l.page.line(plain(""), plain(""), plain(w))
	}
}

// Err is the writer's first error.
func (l *MemoryLog) Err() error { return l.page.err }

// MemoryStream writes a watch of memory as JSON, one value a line: first the
// schema and the target, then samples as they come, at the end the verdict and,
// if there is one, the report. Times are nanoseconds, sizes bytes. The first error
// of the writer ends it. It is not safe for concurrent use.
type MemoryStream struct {
	enc *json.Encoder
	err error
}

// NewMemoryStream begins a stream about a target.
func NewMemoryStream(w io.Writer, t *evidence.Target) *MemoryStream {
	s := &MemoryStream{enc: json.NewEncoder(w)}
	s.write(struct {
		Schema string          `json:"schema"`
		Target evidence.Target `json:"target"`
	}{MemorySchema, *t})
	return s
}

func (s *MemoryStream) write(v any) {
	if s.err == nil {
		s.err = s.enc.Encode(v)
	}
}

// Sample writes a sample.
func (s *MemoryStream) Sample(m *evidence.MemorySample) {
	s.write(struct {
		Sample *evidence.MemorySample `json:"sample"`
	}{m})
}

// End writes the verdict and the report, if it is not nil, and returns the first
// error.
func (s *MemoryStream) End(v *MemoryVerdict, r *Report) error {
	s.write(struct {
		Verdict *MemoryVerdict `json:"verdict"`
	}{v})
	if r != nil {
		s.write(struct {
			Report *Report `json:"report"`
		}{r})
	}
	return s.err
}

// Err is the first error so far.
func (s *MemoryStream) Err() error { return s.err }
