package sampleframes

import (
	"reflect"
	"testing"
	"time"
)

func TestMakeIsLikeAProgram(t *testing.T) {
	ev := Make(5 * time.Second)
	f := ev.Frames
	if len(f.Times) < 100 || len(f.Late) < 7 || len(f.Rates) != 1 {
		t.Fatalf("%d frames, %d late, %d rates", len(f.Times), len(f.Late), len(f.Rates))
	}
	for i := range f.Late {
		l := &f.Late[i]
		var sum time.Duration
		for _, s := range l.Shares {
			sum += s.Took
			if s.Stack >= 0 && s.Place >= len(f.Stacks[s.Stack]) {
				t.Errorf("frame %d: place %d of stack %d", l.N, s.Place, s.Stack)
			}
		}
		if sum != l.End-l.Start {
			t.Errorf("frame %d: shares %v of %v", l.N, sum, l.End-l.Start)
		}
	}
	if !reflect.DeepEqual(ev, Make(5*time.Second)) {
		t.Error("the same arguments gave other evidence")
	}
}
