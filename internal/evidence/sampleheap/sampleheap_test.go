package sampleheap

import (
	"reflect"
	"testing"
)

func TestMakeIsLikeAProgram(t *testing.T) {
	h := Make().Heap
	for _, s := range h.Suspects {
		if len(s.Count) != len(h.Looks) || len(s.Bytes) != len(h.Looks) || len(s.Chain) == 0 || s.Suspect >= len(s.Chain)-1 && len(s.Chain) > 1 {
			t.Errorf("%s %s: %d figures for %d looks, suspect %d of %d links", s.Kind, s.Type, len(s.Count), len(h.Looks), s.Suspect, len(s.Chain))
		}
	}
	var sum int64
	for _, p := range h.Account.Part {
		sum += p.RSS
	}
	if sum != h.Account.RSS {
		t.Errorf("the parts are %d of %d", sum, h.Account.RSS)
	}
	if !reflect.DeepEqual(Make(), Make()) {
		t.Error("the same call gave other evidence")
	}
}
