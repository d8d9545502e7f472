//go:build linux

package cli

import (
	"errors"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/evidence/sampleframes"
	"github.com/gomedic/gomedic/internal/live"
	"github.com/gomedic/gomedic/internal/probe/frames"
)

// record is "record FILE": a bundle with the frames of a made-up program.
func record(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: record FILE")
	}
	ts.Check(evidence.WriteBundle(ts.MkAbs(args[0]), sampleframes.Make(5*time.Second), nil))
}

// What the probe tells is handed on once, in order, and late frames with the
// stacks as all that was gathered numbers them.
func TestFeedHandsOnWhatIsNew(t *testing.T) {
	f := newFeed()
	all := &evidence.Frames{Late: []evidence.LateFrame{{FrameTime: evidence.FrameTime{N: 2}, Shares: []evidence.FrameShare{{Stack: 7}}}}}
	soFar := func() *evidence.Frames { return all }
	f.each(frames.Update{Frame: &evidence.FrameTime{N: 1}, SoFar: soFar})
	f.each(frames.Update{Frame: &evidence.FrameTime{N: 2, Late: true}, SoFar: soFar})
	f.asked = time.Time{} // long ago
	f.each(frames.Update{Late: &evidence.LateFrame{FrameTime: evidence.FrameTime{N: 2}, Shares: []evidence.FrameShare{{Stack: 3}}}, SoFar: soFar})
	b := f.next()
	if len(b.Frames) != 2 || len(b.Late) != 1 || b.Late[0].Shares[0].Stack != 7 || b.SoFar != all || b.Ended {
		t.Errorf("%+v", b)
	}
	f.each(frames.Update{UnderWay: time.Second})
	if b := f.next(); len(b.Frames) != 0 || len(b.Late) != 0 || b.UnderWay != time.Second {
		t.Errorf("told twice: %+v", b)
	}
	// Late frames for which it was too early to ask come at the end.
	f.cost = time.Hour
	f.each(frames.Update{Late: &evidence.LateFrame{FrameTime: evidence.FrameTime{N: 2}}, SoFar: soFar})
	if b := f.next(); len(b.Late) != 0 {
		t.Errorf("told without stacks: %+v", b)
	}
	f.end(all)
	if b := f.next(); !b.Ended || len(b.Late) != 1 || b.Late[0].Shares[0].Stack != 7 {
		t.Errorf("at the end: %+v", b)
	}
}

func TestFollowEnds(t *testing.T) {
	f := newFeed()
	f.each(frames.Update{Frame: &evidence.FrameTime{N: 1}})
	f.end(nil)
	seen := 0
	if err := f.follow(func(b live.Batch) error { seen += len(b.Frames); return nil }); err != nil || seen != 1 {
		t.Errorf("%d frames, error %v", seen, err)
	}
	broken := errors.New("the pipe has gone")
	if err := newFeed().follow(func(live.Batch) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}
