package report

import (
	"fmt"
	"io"

	"github.com/google/pprof/profile"

	"github.com/gomedic/gomedic/internal/evidence"
)

// WriteHeapPprof writes retained memory as a profile for go tool pprof: a sample
// for each suspect, whose stack is its chain with the root outermost, so that a
// flame graph and -cum show what each root, and each field below it, holds. What a
// root holds beside its suspects is a sample of the root alone. Values are the
// objects and the bytes of the last look. The error is the writer's.
func WriteHeapPprof(w io.Writer, t *evidence.Target, h *evidence.Heap) error {
	p := &profile.Profile{
		SampleType:        []*profile.ValueType{{Type: "objects", Unit: "count"}, {Type: "retained", Unit: "bytes"}},
		DefaultSampleType: "retained",
		DurationNanos:     int64(max(0, h.Took)),
		Comments:          []string{fmt.Sprintf("who holds the memory of %s, by gomedic", t.Name)},
	}
	m := &profile.Mapping{ID: 1, File: t.Exe, HasFunctions: true, HasFilenames: true, HasLineNumbers: true}
	if m.File == "" {
		m.File = t.Name
	}
	p.Mapping = []*profile.Mapping{m}
	b := profileBuilder{p: p, functions: map[[2]string]*profile.Function{}, locations: map[location]*profile.Location{}}
	held := map[string]int64{} // by root's name, what its suspects retain
	for i := range h.Suspects {
		s := &h.Suspects[i]
		if len(s.Chain) == 0 {
			continue
		}
		bytes := last(s.Bytes)
		sample := &profile.Sample{
			Value: []int64{last(s.Count), bytes},
			Label: map[string][]string{"kind": {string(s.Kind)}, "type": {s.Type}},
		}
		if s.Signature != "" {
			sample.Label["signature"] = []string{s.Signature}
		}
		for j := len(s.Chain) - 1; j >= 0; j-- { // the leaf comes first
			frame := linkFrame(&s.Chain[j])
			sample.Location = append(sample.Location, b.location(&frame))
		}
		p.Sample = append(p.Sample, sample)
		held[s.Chain[0].Name] += bytes
	}
	for i := range h.Roots {
		g := &h.Roots[i]
		bytes := last(g.Retained)
		if bytes == 0 {
			bytes = last(g.Bytes)
		}
		if bytes -= min(held[g.Name], bytes); bytes == 0 {
			continue
		}
		frame := evidence.Frame{Function: nameOr(g.Name)}
		p.Sample = append(p.Sample, &profile.Sample{
			Value:    []int64{last(g.Count), bytes},
			Label:    map[string][]string{"kind": {"root"}},
			Location: []*profile.Location{b.location(&frame)},
		})
	}
	if err := p.CheckValid(); err != nil {
		return fmt.Errorf("profile of retained memory: %w", err)
	}
	return p.Write(w)
}

// linkFrame is a link as pprof can show it: a function's name is the reference,
// "main.Store.open" say, or the type.
func linkFrame(l *evidence.HeapLink) evidence.Frame {
	f := evidence.Frame{}
	if l.Frame != nil {
		f.File, f.Line = l.Frame.File, max(0, l.Frame.Line)
	}
	name := l.Type
	if l.Name != "" {
		name = l.Name
	}
	// An index or a key would part what belongs together.
	if ref := l.Ref; ref != "" && ref[0] == '.' {
		name += ref
	}
	f.Function = nameOr(name)
	return f
}

func nameOr(name string) string {
	if name == "" {
		return "(unknown)"
	}
	return name
}

// last is the figure of the last look, 0 if there is none or it makes no sense.
func last(v []int64) int64 {
	if len(v) == 0 {
		return 0
	}
	return max(0, v[len(v)-1])
}
