package report

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// htmlTimeline shows what each UI goroutine did, sample by sample.
type htmlTimeline struct {
	Lanes  []htmlLane
	Stacks []htmlStack // by number; shown where a sample is pointed at
	Start  string
	End    string
	Legend []htmlLegend
}

type htmlLane struct {
	Name    string
	Samples []htmlSample
}

// htmlSample is one bar, in a drawing of 1000 by 40: the more the goroutine was
// held up, the higher the bar, so that it reads without colours too.
type htmlSample struct {
	X, Y, W, H string
	Class      string // idle, pump, user, blocked, unknown, no-loop
	Stack      int    // index into Stacks, -1: none
	Title      string
	Focus      bool // the first of a row of equal ones: Tab stops here
}

type htmlLegend struct{ Class, Name string }

// sampleKinds are the classes of samples, with the height of the bar in percent.
var sampleKinds = []struct {
	class, key string
	height     float64
}{
	{"idle", "html.idle", 30},
	{"pump", "html.pump", 50},
	{"user", "html.user", 75},
	{"blocked", "html.blocked", 100},
	{"unknown", "html.unknown", 15},
	{"no-loop", "html.noloop", 15},
}

// sampleKind returns the index into sampleKinds of a sample.
func sampleKind(p *evidence.Point) int {
	switch p.Activity {
	case evidence.Idle:
		return 0
	case evidence.Pump:
		return 1
	case evidence.User:
		if p.Status == evidence.StatusWaiting || p.Status == evidence.StatusSyscall {
			return 3
		}
		return 2
	case evidence.NotStart:
		return 5
	}
	return 4
}

const (
	laneWidth, laneHeight = 1000.0, 40.0
	// Beyond this many samples in a lane, rows of equal ones become one bar.
	maxBars = 400
	// The bars of two equal samples touch if they lie less than so many steps apart.
	maxGap = 4
	// A stack is shown under the timeline down to this depth.
	timelineFrames = 14
	maxTimelines   = 12 // lanes
	maxPopStacks   = 300
)

// timeline returns nil if there are no samples.
func (h *htmlPage) timeline() *htmlTimeline {
	f := h.freeze
	if f.FromDump || len(f.Points) == 0 {
		return nil
	}
	lanes := map[uint64][]*evidence.Point{}
	first, last := f.Points[0].At, f.Points[0].At
	for i := range f.Points {
		p := &f.Points[i]
		lanes[p.Goroutine] = append(lanes[p.Goroutine], p)
		first, last = min(first, p.At), max(last, p.At)
	}
	t := &htmlTimeline{Start: h.in(text.Duration(0)), End: h.in(text.Duration(last - first))}
	number := map[int]int{} // evidence's number of a stack to ours
	seen := make([]bool, len(sampleKinds))
	for _, ui := range f.UI {
		points := lanes[ui.Goroutine]
		delete(lanes, ui.Goroutine) // each lane once
		if len(points) == 0 || len(t.Lanes) >= maxTimelines {
			continue
		}
		sort.SliceStable(points, func(i, j int) bool { return points[i].At < points[j].At })
		lane := htmlLane{Name: h.goroutine(ui.Goroutine)}
		step := typicalStep(points)
		total := float64(last-first) + float64(step)
		for i := 0; i < len(points); {
			p := points[i]
			end := i + 1
			if len(points) > maxBars {
				for end < len(points) && sameBar(p, points[end]) {
					end++
				}
			}
			until := points[end-1].At + step
			if end < len(points) {
				next := points[end].At
				if until > next || sameBar(p, points[end]) && next-points[end-1].At < maxGap*step {
					until = next // a late sample is no gap
				}
			}
			kind := sampleKind(p)
			seen[kind] = true
			height := laneHeight * sampleKinds[kind].height / 100
			x, w := float64(p.At-first)/total*laneWidth, float64(until-p.At)/total*laneWidth
			lane.Samples = append(lane.Samples, htmlSample{
				X: fmt.Sprintf("%.2f", x), W: fmt.Sprintf("%.2f", max(w*0.92, w-1.5)),
				Y: fmt.Sprintf("%.1f", laneHeight-height), H: fmt.Sprintf("%.1f", height),
				Class: sampleKinds[kind].class,
				Stack: h.timelineStack(t, number, p.Stack),
				Title: h.sampleTitle(p, kind, first),
				Focus: i == 0 || !sameBar(points[i-1], p),
			})
			i = end
		}
		t.Lanes = append(t.Lanes, lane)
	}
	for i, k := range sampleKinds {
		if seen[i] {
			t.Legend = append(t.Legend, htmlLegend{k.class, h.say(k.key)})
		}
	}
	if len(t.Lanes) == 0 {
		return nil
	}
	return t
}

// typicalStep is the median time between two samples.
func typicalStep(points []*evidence.Point) time.Duration {
	if len(points) < 2 {
		return time.Millisecond
	}
	var steps []time.Duration
	for i := 1; i < len(points); i++ {
		steps = append(steps, points[i].At-points[i-1].At)
	}
	sort.Slice(steps, func(i, j int) bool { return steps[i] < steps[j] })
	return max(steps[len(steps)/2], time.Microsecond)
}

func sameBar(a, b *evidence.Point) bool {
	return a.Stack == b.Stack && a.Activity == b.Activity && a.Status == b.Status && a.WaitReason == b.WaitReason
}

func (h *htmlPage) timelineStack(t *htmlTimeline, number map[int]int, stack int) int {
	if stack < 0 || stack >= len(h.freeze.Stacks) {
		return -1
	}
	if n, ok := number[stack]; ok {
		return n
	}
	if len(t.Stacks) >= maxPopStacks {
		return -1
	}
	number[stack] = len(t.Stacks)
	t.Stacks = append(t.Stacks, h.condensed(h.freeze.Stacks[stack]))
	return number[stack]
}

// condensed shows a stack under the timeline: whole if it is short, else the
// innermost calls and those around the user's innermost one.
func (h *htmlPage) condensed(frames []evidence.Frame) htmlStack {
	const top = 4
	user := slices.IndexFunc(frames, func(f evidence.Frame) bool { return f.Origin == evidence.OriginUser })
	if len(frames) <= timelineFrames || user < timelineFrames-2 {
		return h.frames(frames, timelineFrames)
	}
	s := h.frames(frames[:top], top)
	rest := h.frames(frames[user-2:], timelineFrames-top)
	rest.Frames[0].Skipped = user - 2 - top
	s.Frames = append(s.Frames, rest.Frames...)
	s.More = rest.More
	return s
}

func (h *htmlPage) sampleTitle(p *evidence.Point, kind int, first time.Duration) string {
	parts := []string{h.in(text.Duration(p.At - first)), h.say(sampleKinds[kind].key)}
	if p.WaitReason != "" {
		parts = append(parts, clean(p.WaitReason))
	}
	if p.Stack >= 0 && p.Stack < len(h.freeze.Stacks) {
		at := userPlace(h.freeze.Stacks[p.Stack])
		parts = append(parts, clean(strings.TrimSpace(shortFunction(at.Function)+" "+fileLine(&at))))
	}
	return strings.Join(parts, " · ")
}
