package report

import (
	"fmt"
	"io"

	"github.com/google/pprof/profile"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// WritePprof writes the late frames as a profile for go tool pprof: how long
// each stack kept a frame, and how often it was seen. Labels name the cause and
// the number of the frame, so that -tagfocus and -tagroot can part them. Time
// for which no stack is known, such as that in which the kernel ran others, is
// at a function named after its cause. The error is the writer's.
func WritePprof(w io.Writer, t *evidence.Target, f *evidence.Frames) error {
	p := &profile.Profile{
		SampleType:        []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "time", Unit: "nanoseconds"}},
		DefaultSampleType: "time",
		DurationNanos:     int64(f.Took),
		Comments:          []string{fmt.Sprintf("late frames of %s, by gomedic", t.Name)},
	}
	m := &profile.Mapping{ID: 1, File: t.Exe, HasFunctions: true, HasFilenames: true, HasLineNumbers: true, HasInlineFrames: true}
	if m.File == "" {
		m.File = t.Name
	}
	p.Mapping = []*profile.Mapping{m}
	b := profileBuilder{p: p, functions: map[[2]string]*profile.Function{}, locations: map[location]*profile.Location{}}
	for i := range f.Late {
		l := &f.Late[i]
		for _, s := range lateSamples(f, l) {
			stack := stackOf(f, s.stack)
			if len(stack) == 0 {
				stack = []evidence.Frame{{Function: "(" + CauseName(s.cause, text.English) + ")"}}
			}
			sample := &profile.Sample{
				Value:    []int64{int64(s.count), int64(s.took)},
				Label:    map[string][]string{"cause": {string(s.cause)}},
				NumLabel: map[string][]int64{"frame": {int64(l.N)}, "goroutine": {int64(l.Goroutine)}},
			}
			for j := range stack {
				sample.Location = append(sample.Location, b.location(&stack[j]))
			}
			p.Sample = append(p.Sample, sample)
		}
	}
	if err := p.CheckValid(); err != nil {
		return fmt.Errorf("profile of the late frames: %w", err)
	}
	return p.Write(w)
}

// profileBuilder keeps each function and each line once.
type profileBuilder struct {
	p         *profile.Profile
	functions map[[2]string]*profile.Function // by name and file
	locations map[location]*profile.Location
}

type location struct {
	function, file string
	line           int
}

func (b *profileBuilder) location(fr *evidence.Frame) *profile.Location {
	key := location{fr.Function, fr.File, fr.Line}
	if l := b.locations[key]; l != nil {
		return l
	}
	name := [2]string{fr.Function, fr.File}
	fn := b.functions[name]
	if fn == nil {
		fn = &profile.Function{ID: uint64(len(b.p.Function) + 1), Name: fr.Function, SystemName: fr.Function, Filename: fr.File}
		b.functions[name] = fn
		b.p.Function = append(b.p.Function, fn)
	}
	l := &profile.Location{ID: uint64(len(b.p.Location) + 1), Mapping: b.p.Mapping[0], Line: []profile.Line{{Function: fn, Line: int64(fr.Line)}}}
	b.locations[key] = l
	b.p.Location = append(b.p.Location, l)
	return l
}
