package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// FramesSchema names the JSON lines of a watch of frames.
const FramesSchema = "gomedic.frames/v1"

// FrameStream writes a watch of frames as JSON, one value a line
// (docs/json.md, docs/schema/frames-v1.json): first the schema and the target,
// then frames and late frames as they come, at the end the figures and the
// report. Times and durations are nanoseconds. The first error of the writer
// ends it. It is not safe for concurrent use.
type FrameStream struct {
	enc *json.Encoder
	err error
}

// lateJSON is a late frame with its stacks, which evidence keeps apart.
type lateJSON struct {
	evidence.FrameTime
	Cause  evidence.LateCause `json:"cause"` // the main one
	Where  *Place             `json:"where,omitempty"`
	Shares []shareJSON        `json:"shares"`
}

type shareJSON struct {
	Cause   evidence.LateCause `json:"cause"`
	Took    time.Duration      `json:"took"`
	Samples int                `json:"samples,omitempty"`
	Where   *Place             `json:"where,omitempty"`
	Stack   []callJSON         `json:"stack,omitempty"` // innermost first
}

type callJSON struct {
	Function string          `json:"function"`
	File     string          `json:"file,omitempty"`
	Line     int             `json:"line,omitempty"`
	Origin   evidence.Origin `json:"origin,omitempty"`
}

// figuresJSON is what Frames says of the whole watch.
type figuresJSON struct {
	Took       time.Duration        `json:"took"`
	Source     evidence.FrameSource `json:"source"`
	Period     time.Duration        `json:"period"`
	PeriodFrom string               `json:"period_from"`
	Over       time.Duration        `json:"over"`
	Rates      []evidence.FrameRate `json:"rates"`
	Swaps      evidence.SwapPace    `json:"swaps"`
	Lost       uint64               `json:"lost,omitempty"`
}

// NewFrameStream begins a stream about a target.
func NewFrameStream(w io.Writer, t *evidence.Target) *FrameStream {
	s := &FrameStream{enc: json.NewEncoder(w)}
	s.write(struct {
		Schema string          `json:"schema"`
		Target evidence.Target `json:"target"`
	}{FramesSchema, *t})
	return s
}

func (s *FrameStream) write(v any) {
	if s.err == nil {
		s.err = s.enc.Encode(v)
	}
}

// Frame writes a frame.
func (s *FrameStream) Frame(t evidence.FrameTime) {
	s.write(struct {
		Frame evidence.FrameTime `json:"frame"`
	}{t})
}

// Late writes a late frame; f has its stacks.
func (s *FrameStream) Late(f *evidence.Frames, l *evidence.LateFrame) {
	out := lateJSON{FrameTime: l.FrameTime, Cause: evidence.CauseUnknown, Shares: []shareJSON{}}
	if main := MainCause(l); main != nil {
		out.Cause, out.Where = main.Cause, rawPlace(f, main)
	}
	for i := range l.Shares {
		share := &l.Shares[i]
		j := shareJSON{Cause: share.Cause, Took: share.Took, Samples: share.Samples, Where: rawPlace(f, share)}
		for _, fr := range stackOf(f, share.Stack) {
			j.Stack = append(j.Stack, callJSON{fr.Function, fr.File, fr.Line, fr.Origin})
		}
		out.Shares = append(out.Shares, j)
	}
	s.write(struct {
		Late lateJSON `json:"late"`
	}{out})
}

// rawPlace is SharePlace as the target says it: JSON needs no cleaning.
func rawPlace(f *evidence.Frames, s *evidence.FrameShare) *Place {
	stack := stackOf(f, s.Stack)
	if s.Place < 0 || s.Place >= len(stack) {
		return nil
	}
	fr := &stack[s.Place]
	return &Place{Function: fr.Function, File: baseName(fr.File), Line: fr.Line, Path: fr.File}
}

// End writes the figures and the report, and returns the first error.
func (s *FrameStream) End(f *evidence.Frames, r *Report) error {
	s.write(struct {
		Figures figuresJSON `json:"figures"`
	}{figuresJSON{f.Took, f.Source, f.Period, f.PeriodFrom, f.Over, array(f.Rates), f.Swaps, f.Lost}})
	s.write(struct {
		Report *Report `json:"report"`
	}{r})
	return s.err
}

// Err is the first error so far.
func (s *FrameStream) Err() error { return s.err }
