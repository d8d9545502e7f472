package frames_test

import (
	"bufio"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/frames"
)

// The probe sees each frame, when it began and when it ended, as the program
// itself does.
func TestFramesAgreeWithTheProgramsOwn(t *testing.T) {
	needProbes(t)
	p := start(t, build(t), "steady")
	var seen []evidence.FrameTime
	r, err := watch(context.Background(), p.Process.Pid, frames.Options{For: 5 * time.Second, Each: func(u frames.Update) {
		if u.Frame != nil && !u.Frame.Undrawn {
			seen = append(seen, *u.Frame)
		}
	}})
	f := byProbes(t, r, err)
	if f.Lost > 0 {
		t.Errorf("%d events were lost", f.Lost)
	}
	own := p.frames(t)
	const compared = 100 // frames that show which is which
	if len(seen) < compared || len(f.Rates) != 1 || f.Rates[0].Frames != len(seen) {
		t.Fatalf("%d frames, rates %+v; the program made %d", len(seen), f.Rates, len(own))
	}
	first := align(seen[:compared], own)
	if first+len(seen) > len(own) {
		t.Fatalf("%d frames from the program's frame %d, of %d", len(seen), first, len(own))
	}
	var clock, took, starts []time.Duration
	for i, s := range seen {
		clock = append(clock, own[first+i].end-s.End)
	}
	offset := median(clock)
	for i, s := range seen {
		o := own[first+i]
		took = append(took, s.End-s.Start-(o.end-o.start))
		starts = append(starts, o.start-s.Start-offset)
	}
	last := seen[len(seen)-1].End + offset
	if n := nearest(own, last) - first + 1; n != len(seen) {
		t.Errorf("the program made %d frames, and %d were seen", n, len(seen))
	}
	const bar = 200 * time.Microsecond
	if d := median(took); d.Abs() > bar {
		t.Errorf("the median of the differences in time is %v", d)
	}
	if d := median(starts); d.Abs() > bar {
		t.Errorf("the median of the differences between the starts is %v", d)
	}
}

// A frame that its program lets wait for a tick is not late for that: the kernel says
// that the thread slept. It takes longer than the period here, by less than the half
// that would be a missed refresh.
func TestPacedFramesAreNotLate(t *testing.T) {
	needProbes(t)
	p := start(t, build(t), "paced")
	n, late := 0, 0
	r, err := watch(context.Background(), p.Process.Pid, frames.Options{For: 2 * time.Second, Period: 8 * time.Millisecond, Each: func(u frames.Update) {
		if u.Frame != nil && !u.Frame.Undrawn {
			if n++; u.Frame.Late {
				late++
			}
		}
	}})
	f := byProbes(t, r, err)
	if f.Lost > 0 {
		t.Logf("%d events were lost", f.Lost)
	}
	if n < 50 || late*3 > n {
		t.Errorf("%d of %d frames are late", late, n)
	}
}

// align says which of the program's frames is the first that was seen: their
// times are as random as a fingerprint.
func align(seen []evidence.FrameTime, own []frame) int {
	best, least := 0, time.Duration(1<<62)
	for i := 0; i+len(seen) <= len(own); i++ {
		var sum time.Duration
		for j, s := range seen {
			// A frame that was held up while others were not must not decide.
			sum += min(time.Millisecond, (s.End - s.Start - (own[i+j].end - own[i+j].start)).Abs())
		}
		if sum < least {
			best, least = i, sum
		}
	}
	return best
}

func nearest(own []frame, end time.Duration) int {
	best := 0
	for i := range own {
		if (own[i].end - end).Abs() < (own[best].end - end).Abs() {
			best = i
		}
	}
	return best
}

func median(d []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(d))
	return s[len(s)/2]
}

// lateLines are the lines of testdata/drawing that make frames late, by cause.
func lateLines(t *testing.T) map[evidence.LateCause]int {
	t.Helper()
	f, err := os.Open("testdata/drawing/main.go")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := map[evidence.LateCause]int{}
	n := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		n++
		if _, cause, ok := strings.Cut(s.Text(), "// late: "); ok {
			lines[evidence.LateCause(cause)] = n
		}
	}
	if len(lines) != 4 {
		t.Fatalf("the program is late for %v", lines)
	}
	return lines
}

var variants = []struct {
	name  string
	flags []string
}{
	{"plain", nil},
	{"stripped", []string{"-ldflags=-s -w"}},
	{"PIE", []string{"-buildmode=pie"}},
	{"stripped PIE", []string{"-buildmode=pie", "-ldflags=-s -w"}},
}

// Late frames are told with their cause and its line, however the program was
// built.
func TestLateFramesHaveTheirCause(t *testing.T) {
	needProbes(t)
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			p := start(t, build(t, v.flags...), "late", t.TempDir())
			r, err := watch(context.Background(), p.Process.Pid, frames.Options{For: 3 * time.Second})
			causes(t, byProbes(t, r, err))
		})
	}
}

// Where there are no probes, looking often finds the late ones too.
func TestSamplingFindsLateFrames(t *testing.T) {
	p := start(t, build(t), "late", t.TempDir())
	r, err := watch(context.Background(), p.Process.Pid, frames.Options{For: 4 * time.Second, NoProbes: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Frames.Source != evidence.FromSamples {
		t.Fatalf("frames come from %s", r.Frames.Source)
	}
	causes(t, &r.Frames)
}

// machine are causes that lie in how much else the machine has to do.
var machine = []evidence.LateCause{evidence.CausePreempted, evidence.CauseRunnable, evidence.CauseStolen, evidence.CauseThrottled}

// causes compares what was found with what the program does: of each cause most
// frames must be told right. One that the machine made late by itself may come in
// between.
func causes(t *testing.T, f *evidence.Frames) {
	t.Helper()
	right, of := map[evidence.LateCause]int{}, map[evidence.LateCause]int{}
	lines := lateLines(t)
	functions := map[string]evidence.LateCause{"main.(*window).compute": evidence.CauseUser, "main.(*window).sleep": evidence.CauseSleep,
		"main.(*window).waitForLock": evidence.CauseLock, "main.(*window).read": evidence.CauseDisk}
	for _, l := range f.Late {
		// What the machine took away is no cause of the program's.
		own := slices.DeleteFunc(slices.Clone(l.Shares), func(s evidence.FrameShare) bool { return slices.Contains(machine, s.Cause) })
		if len(own) == 0 || own[0].Stack < 0 || own[0].Place < 0 {
			continue
		}
		place := f.Stacks[own[0].Stack][own[0].Place]
		cause, ok := functions[place.Function]
		if !ok {
			continue
		}
		of[cause]++
		if own[0].Cause == cause && place.Line == lines[cause] {
			right[cause]++
			continue
		}
		t.Logf("%v of a frame of %v are %s at %s:%d", own[0].Took, l.End-l.Start, own[0].Cause, place.Function, place.Line)
	}
	for cause := range lines {
		if right[cause] < 2 || right[cause]*4 < of[cause]*3 {
			t.Errorf("%s: %d of %d late frames are told right, of %d late ones in all", cause, right[cause], of[cause], len(f.Late))
		}
	}
}
