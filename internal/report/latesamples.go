package report

import (
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// lateSample is a piece of a late frame's time with the stack that was seen in
// it.
type lateSample struct {
	cause evidence.LateCause
	stack int // index into Frames.Stacks, -1: none
	place int // index into the stack, -1: none
	took  time.Duration
	count int // samples; 0: the time is known from elsewhere
}

// sampleKey tells what a share and the samples that it was made of have in common.
type sampleKey struct {
	cause    evidence.LateCause
	function string
	line     int
}

// lateSamples parts the time of a late frame among the samples taken in it: each
// share's time goes in equal parts to its samples. A share without samples keeps
// its time, with the share's own stack. So the pieces sum up to the shares.
func lateSamples(f *evidence.Frames, l *evidence.LateFrame) []lateSample {
	byKey := map[sampleKey]map[int]*lateSample{} // by stack
	var order []*lateSample
	number := map[sampleKey]int{}
	for _, s := range samplesIn(f, l) {
		k := keyOf(f, s.Cause, s.Stack, s.Place)
		if byKey[k] == nil {
			byKey[k] = map[int]*lateSample{}
		}
		number[k]++
		if have := byKey[k][s.Stack]; have != nil {
			have.count++
			continue
		}
		piece := &lateSample{cause: s.Cause, stack: s.Stack, place: s.Place, count: 1}
		byKey[k][s.Stack] = piece
		order = append(order, piece)
	}
	var alone []lateSample
	for i := range l.Shares {
		s := &l.Shares[i]
		if s.Took <= 0 {
			continue
		}
		k := keyOf(f, s.Cause, s.Stack, s.Place)
		pieces, n := byKey[k], number[k]
		if n == 0 {
			alone = append(alone, lateSample{cause: s.Cause, stack: s.Stack, place: s.Place, took: s.Took})
			continue
		}
		left := s.Took
		var last *lateSample
		for _, p := range order {
			if pieces[p.stack] != p {
				continue
			}
			part := time.Duration(float64(s.Took) * float64(p.count) / float64(n))
			p.took += part
			left -= part
			last = p
		}
		last.took += left
	}
	var out []lateSample
	for _, p := range order {
		if p.took > 0 {
			out = append(out, *p)
		}
	}
	return append(out, alone...)
}

// samplesIn returns the samples of the frame's goroutine within the frame.
func samplesIn(f *evidence.Frames, l *evidence.LateFrame) []evidence.FrameSample {
	var out []evidence.FrameSample
	for _, s := range f.Samples {
		if s.Goroutine == l.Goroutine && s.At >= l.Start && s.At <= l.End {
			out = append(out, s)
		}
	}
	return out
}

func keyOf(f *evidence.Frames, c evidence.LateCause, stack, place int) sampleKey {
	k := sampleKey{cause: c}
	if s := stackOf(f, stack); place >= 0 && place < len(s) {
		k.function, k.line = s[place].Function, s[place].Line
	}
	return k
}
