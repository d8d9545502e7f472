package evidence

import (
	"errors"
	"testing"
)

func TestRepairFrames(t *testing.T) {
	stacks := [][]Frame{{{Function: "main.f"}}}
	good := &Frames{Stacks: stacks, Samples: []FrameSample{{Stack: 0, Place: 7}, {Stack: -1, Place: 0}}, Blocking: []BlockingCall{{Stack: 0, Place: 0}}}
	if err := (&Evidence{Frames: good}).repair(); err != nil {
		t.Fatal(err)
	}
	if good.Samples[0].Place != -1 || good.Samples[1].Place != -1 || good.Blocking[0].Place != 0 {
		t.Errorf("places %+v %+v", good.Samples, good.Blocking)
	}
	for _, bad := range []*Frames{
		{Stacks: stacks, Samples: []FrameSample{{Stack: 1}}},
		{Stacks: stacks, Late: []LateFrame{{Shares: []FrameShare{{Stack: -2}}}}},
		{Foreign: []ForeignCall{{Stack: 0}}},
		{Stacks: stacks, Blocking: []BlockingCall{{Stack: 0, HolderStack: 9}}},
	} {
		if err := (&Evidence{Frames: bad}).repair(); !errors.Is(err, ErrBundleTruncated) {
			t.Errorf("%+v: error %v", bad, err)
		}
	}
}
