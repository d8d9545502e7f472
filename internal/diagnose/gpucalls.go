package diagnose

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// The rules about calls into the graphics driver name the program's own line that made
// a call or an object. What a toolkit calls on its own is not the program's fault and is
// not told, but it counts where a late frame's time is divided.

// Ids of the driver family.
const (
	finishPerFrame = "gpu/finish-per-frame"
	syncLeak       = "gpu/sync-object-leak"
	imageLeak      = "leak/image"
	stalledGPU     = "ui-stalled/gpu"
	stalledVsync   = "ui-stalled/vsync"
)

const (
	// A call belongs to the frame that is made in so many of them.
	everyFrame  = 0.8
	gpuFrames   = 10 // fewer frames show no habit
	onlyGPU     = "gpucalls"
	longWatch   = time.Second // shorter ones show no growth
	fewObjects  = 10
	oldShare    = 0.5  // of what was made in the first half of the watch, that is left
	stallShare  = 0.06 // of a frame, from which on a call that waits is worth a word
	heavyShare  = 0.5  // … from which on it is the frame's main trouble
	leastStall  = time.Millisecond
	leastWait   = 300 * time.Microsecond // for what was handed over in the same frame: it is a glFinish by another name
	singleLine  = 0.6                    // of the driver's part, from which on one line is to blame
	mostEights  = 2                      // eighths of the watch in which what leaks need not grow
	driverShare = 0.1                    // of the late frames' time, from which on a call is named
	mostlyCPU   = 0.5                    // of a call, in which its thread computes
	otherHalf   = 0.25                   // of growth, that must come in the second half
)

// waitNames are the kinds of objects that are waited for.
var waitNames = []string{"sync object", "EGL sync object", "fence", "semaphore", "event"}

// GPUCalls is the family of calls into the graphics driver. told are the other
// families' findings, and stand in the result: those on the driver with what is known of
// its calls.
func GPUCalls(ev *evidence.Evidence, told []report.Finding) []report.Finding {
	if ev.GPUCalls == nil {
		return told
	}
	c := &gpuCase{t: &ev.Target, g: ev.GPUCalls, fr: ev.Frames}
	out := slices.Clone(told)
	for i := range out {
		switch out[i].ID {
		case stalledGPU:
			c.explainStall(&out[i])
		case stalledVsync:
			c.explainPace(&out[i])
		}
	}
	out = append(out, c.finishes(out)...)
	out = append(out, c.stalls(out)...)
	return append(out, c.leaks()...)
}

// gpuCase is the evidence of one watch over the driver.
type gpuCase struct {
	t  *evidence.Target
	g  *evidence.GPUCalls
	fr *evidence.Frames // nil: not watched
}

// period is what a frame may take.
func (c *gpuCase) period() time.Duration {
	for _, p := range []time.Duration{c.g.Period, framesPeriod(c.fr)} {
		if p >= time.Millisecond && p <= time.Second {
			return p
		}
	}
	return defaultPeriod
}

func framesPeriod(fr *evidence.Frames) time.Duration {
	if fr == nil {
		return 0
	}
	return fr.Period
}

// frame is the frame of a stack that a place names, nil if there is none.
func (c *gpuCase) frame(stack, place int) *evidence.Frame {
	if stack < 0 || stack >= len(c.g.Stacks) || place < 0 || place >= len(c.g.Stacks[stack]) {
		return nil
	}
	return &c.g.Stacks[stack][place]
}

// own is the user's own frame that made a call, nil: it was none of the user's.
func (c *gpuCase) own(stack, place int) *evidence.Frame {
	if f := c.frame(stack, place); f != nil && f.Origin == evidence.OriginUser {
		return f
	}
	return nil
}

// direct is the user's own frame that made a call without a toolkit in between, which
// makes and keeps objects as it thinks fit. Bindings of the driver are no toolkit.
func (c *gpuCase) direct(stack, place int) *evidence.Frame {
	f := c.own(stack, place)
	if f == nil {
		return nil
	}
	for _, in := range c.g.Stacks[stack][:place] {
		if in.Origin == evidence.OriginToolkit && !strings.HasPrefix(in.Package, "github.com/go-gl/") {
			return nil
		}
	}
	return f
}

// line names who made a call: the user's line, else the function nearest to it.
func (c *gpuCase) line(x *evidence.GPUCall) string {
	f := c.frame(x.Stack, x.Place)
	if f == nil {
		f = c.frame(x.Stack, 0)
	}
	if f == nil {
		return "?"
	}
	if f.Line > 0 {
		return fmt.Sprintf("%s:%d", shortFile(c.t, f), f.Line)
	}
	return shortCall(f.Function)
}

func (c *gpuCase) place(f *evidence.Frame, goroutine uint64) *report.Place {
	p := place(c.t, f, nil)
	p.Goroutine = goroutine
	return p
}

// share is part of all, within 0 and 1.
func shareOf(part, all int) float64 {
	if all <= 0 {
		return 0
	}
	return min(1, max(0, float64(part)/float64(all)))
}

// perFrame is how long a call takes in each frame that has one.
func perFrame(x *evidence.GPUCall, total time.Duration) time.Duration {
	return sane(total) / time.Duration(max(1, x.Frames))
}

// finishes tells of calls that wait for everything, in every frame.
func (c *gpuCase) finishes(told []report.Finding) (out []report.Finding) {
	for i := range c.g.Calls {
		x := &c.g.Calls[i]
		f := c.direct(x.Stack, x.Place)
		if x.Kind != evidence.GPUFinish || f == nil || c.g.Frames < gpuFrames || shareOf(x.Frames, c.g.Frames) < everyFrame {
			continue
		}
		each := perFrame(x, x.Total)
		at := c.place(f, x.Goroutine)
		z := report.Finding{ID: finishPerFrame, Severity: report.P2, Where: at, Evidence: []string{onlyGPU}, Confidence: 0.95,
			Title: text.T("finding.gpu/finish-per-frame.title", at.Function, x.Function)}
		if float64(each) >= heavyShare*float64(c.period()) && !tells(told, stalledGPU, at) {
			z.Severity = report.P1
		}
		if c.g.Untimed {
			z.Why = append(z.Why, text.T("why.gpucalls.times", x.Function, x.Frames, c.g.Frames))
		} else {
			z.Why = append(z.Why, text.T("why.gpucalls.finish", x.Function, x.Frames, c.g.Frames, millis(each), text.Percent(min(1, float64(each)/float64(c.period())))))
			z.Why = append(z.Why, c.cause(x)...)
		}
		change := "finding.gpu/finish-per-frame.change.gl"
		if strings.HasPrefix(x.Function, "vk") {
			change = "finding.gpu/finish-per-frame.change.vulkan"
		}
		z.Remedy = []text.Text{text.T("finding.gpu/finish-per-frame.now"), text.T(change, at.Function)}
		out = append(out, z)
	}
	return out
}

// tells: a finding with this id is about this function.
func tells(told []report.Finding, id string, at *report.Place) bool {
	return slices.ContainsFunc(told, func(z report.Finding) bool {
		return z.ID == id && z.Where != nil && z.Where.Function == at.Function
	})
}

// cause says what the driver did in a call: its thread computed, or it waited for
// what draws.
func (c *gpuCase) cause(x *evidence.GPUCall) []text.Text {
	switch {
	case x.Total < leastStall:
		return nil
	case float64(x.CPU) >= mostlyCPU*float64(x.Total):
		return []text.Text{text.T("why.gpucalls.computes", x.Function, text.Percent(min(1, float64(x.CPU)/float64(x.Total))))}
	case c.g.Software != "":
		return []text.Text{text.T("why.gpucalls.software", c.g.Software)}
	}
	return append([]text.Text{text.T("why.gpucalls.waits", x.Function)}, c.clients()...)
}

// stalls tells of calls of the user's that read back, map or wait, and keep the frame
// waiting, in every frame or for long.
func (c *gpuCase) stalls(told []report.Finding) (out []report.Finding) {
	if c.g.Untimed {
		return nil
	}
	for i := range c.g.Calls {
		x := &c.g.Calls[i]
		f := c.own(x.Stack, x.Place)
		if f == nil {
			continue
		}
		times, total, least := x.Times, x.Total, leastStall
		switch x.Kind {
		case evidence.GPURead: // also by a toolkit that was asked for pixels
		case evidence.GPUMap:
			f = c.direct(x.Stack, x.Place)
		case evidence.GPUWait: // to wait for an older frame is how frames are paced
			f, times, total, least = c.direct(x.Stack, x.Place), x.Same, x.SameTook, leastWait
		default:
			continue
		}
		if f == nil {
			continue
		}
		at := c.place(f, x.Goroutine)
		if c.g.Frames < gpuFrames || shareOf(times, x.Times) < everyFrame || tells(told, stalledGPU, at) || tells(out, stalledGPU, at) {
			continue
		}
		each := perFrame(x, total)
		if shareOf(x.Frames, c.g.Frames) < everyFrame || each < least || least == leastStall && float64(each) < stallShare*float64(c.period()) {
			continue
		}
		z := report.Finding{ID: stalledGPU, Severity: report.P2, Where: at, Evidence: []string{onlyGPU}, Confidence: 0.85,
			Title: text.T("finding.ui-stalled/gpu.title.frames.each", at.Function, x.Function, millis(each))}
		z.Why = append(z.Why, text.T("why.gpucalls.finish", x.Function, x.Frames, c.g.Frames, millis(each), text.Percent(min(1, float64(each)/float64(c.period())))))
		z.Why = append(z.Why, text.T("why.gpucalls."+string(x.Kind)))
		z.Why = append(z.Why, c.cause(x)...)
		z.Remedy = []text.Text{text.T("finding.ui-stalled/gpu.now"), text.T("finding.ui-stalled/gpu.change."+string(x.Kind), at.Function)}
		out = append(out, z)
	}
	return out
}

// explainStall adds to a finding on the driver which calls the time went to.
func (c *gpuCase) explainStall(z *report.Finding) {
	add, main := c.inLateFrames()
	if main != nil && z.Where != nil {
		c.blame(z, main)
	}
	if len(add) == 0 {
		for i := range c.g.Calls {
			x := &c.g.Calls[i]
			if z.Where == nil || x.Kind == evidence.GPUInterval || c.g.Untimed {
				continue
			}
			if f := c.frame(x.Stack, x.Place); f != nil && f.Function == z.Where.Function && x.Total >= leastStall {
				add = append(add, text.T("why.gpucalls.call", x.Function, c.line(x), x.Times, millis(x.Median), millis(x.Longest)))
				add = append(add, c.cause(x)...)
				break
			}
		}
	}
	if len(add) > 0 {
		z.Why = append(slices.Clone(z.Why), add...)
		z.Evidence = append(slices.Clone(z.Evidence), onlyGPU)
	}
}

// blame moves a finding to the line that made the call, where looks at the stack did
// not find it: in C, they often see no Go.
func (c *gpuCase) blame(z *report.Finding, x *evidence.GPUCall) {
	f := c.own(x.Stack, x.Place)
	if f == nil || x.Kind == evidence.GPUSwap {
		return
	}
	for _, on := range c.g.Stacks[x.Stack] {
		if on.Function == z.Where.Function && on.Function != f.Function {
			z.Where = c.place(f, x.Goroutine)
			z.Title = text.T("finding.ui-stalled/gpu.title.frames.call", f.Function, x.Function)
			return
		}
	}
}

// inLateFrames divides the time of the late frames among the driver's calls. main is
// the one that most of it went to, nil: no single one.
func (c *gpuCase) inLateFrames() (out []text.Text, main *evidence.GPUCall) {
	if c.fr == nil || c.fr.Began == 0 || c.g.Began == 0 {
		return nil, nil
	}
	shift := time.Duration(c.fr.Began - c.g.Began) // of the frames' clock on the calls'
	if shift > longest || shift < -longest {
		return nil, nil
	}
	type span struct{ from, to time.Duration }
	var frames []span
	var all time.Duration
	for i := range c.fr.Late {
		l := &c.fr.Late[i]
		from, to := sane(l.Start)+shift, sane(l.End)+shift
		if from >= 0 && to <= c.g.Took && to > from {
			frames = append(frames, span{from, to})
			all += to - from
		}
	}
	if len(frames) == 0 {
		return nil, nil
	}
	spent := map[int]time.Duration{}
	n := 0
	for _, t := range c.g.Times { // both by time
		for n < len(frames) && frames[n].to <= t.Start {
			n++
		}
		for i := n; i < len(frames) && frames[i].from < t.End; i++ {
			spent[t.Call] += max(0, min(t.End, frames[i].to)-max(t.Start, frames[i].from))
		}
	}
	var by []int
	var driver time.Duration
	for i, d := range spent {
		driver += d
		if float64(d) >= driverShare*float64(all) {
			by = append(by, i)
		}
	}
	if len(by) == 0 {
		return nil, nil
	}
	slices.SortFunc(by, func(a, b int) int { return cmp.Or(cmp.Compare(spent[b], spent[a]), cmp.Compare(a, b)) })
	out = append(out, text.T("why.gpucalls.late", len(frames), text.Duration(all), text.Percent(min(1, float64(driver)/float64(all)))))
	for _, i := range by[:min(len(by), 3)] {
		x := &c.g.Calls[i]
		out = append(out, text.T("why.gpucalls.late.call", x.Function, c.line(x), text.Duration(spent[i]), text.Percent(min(1, float64(spent[i])/float64(all)))))
	}
	if first := &c.g.Calls[by[0]]; float64(spent[by[0]]) >= singleLine*float64(driver) {
		main = first
	}
	return append(out, c.cause(&c.g.Calls[by[0]])...), main
}

// explainPace adds to a finding on the pace what the swaps do.
func (c *gpuCase) explainPace(z *report.Finding) {
	var add []text.Text
	for i := range c.g.Calls {
		x := &c.g.Calls[i]
		if x.Kind != evidence.GPUSwap || x.Times < gpuFrames || c.g.Untimed {
			continue
		}
		add = append(add, text.T("why.gpucalls.swap", x.Function, x.Times, millis(x.Median), millis(x.Longest)))
		switch {
		case x.Median < c.period()/20:
			add = append(add, text.T("why.gpucalls.swap.free"))
		case math.Abs(float64(x.Median)/float64(c.period())-math.Round(float64(x.Median)/float64(c.period()))) < 0.1 && x.Median > c.period()*3/2:
			add = append(add, text.T("why.gpucalls.swap.refreshes", int(math.Round(float64(x.Median)/float64(c.period())))))
		}
		break
	}
	if c.g.Interval >= 0 {
		add = append(add, text.T("why.gpucalls.interval", c.g.Interval))
	}
	if len(add) > 0 {
		z.Why = append(slices.Clone(z.Why), add...)
		z.Evidence = append(slices.Clone(z.Evidence), onlyGPU)
	}
}

// leaks tells of objects that are made at a place, over and over, and stay.
func (c *gpuCase) leaks() []report.Finding {
	type spot struct {
		id       string
		function string
		file     string
		line     int
	}
	groups := map[spot][]*evidence.GPUObject{}
	var order []spot
	for i := range c.g.Objects {
		o := &c.g.Objects[i]
		f := c.direct(o.Stack, o.Place)
		if f == nil || !c.stays(o) {
			continue
		}
		s := spot{imageLeak, f.Function, f.File, f.Line}
		if slices.Contains(waitNames, o.Object) {
			s.id = syncLeak
		}
		if groups[s] == nil {
			order = append(order, s)
		}
		groups[s] = append(groups[s], o)
	}
	var out []report.Finding
	for _, s := range order {
		out = append(out, c.leak(s.id, groups[s]))
	}
	return out
}

// stays: more and more of these objects are there.
func (c *gpuCase) stays(o *evidence.GPUObject) bool {
	left := o.Made - o.Destroyed
	if c.g.Took < longWatch || o.Made < fewObjects || left < fewObjects || o.Old < fewObjects/2 {
		return false
	}
	// As many others of the kind are destroyed: they may live for longer than the watch.
	if o.OthersDestroyed*2 >= left {
		return false
	}
	flat := 0
	for i := range o.Growth {
		before := 0
		if i > 0 {
			before = o.Growth[i-1]
		}
		if o.Growth[i] <= before {
			flat++
		}
	}
	half, end := o.Growth[3], o.Growth[7]
	return flat <= mostEights && float64(end-half) >= otherHalf*float64(end) && float64(o.Old) >= oldShare*float64(half)
}

func (c *gpuCase) leak(id string, objects []*evidence.GPUObject) report.Finding {
	first := objects[0]
	for _, o := range objects { // memory belongs to an image or a buffer: name that
		if first.Object == "device memory" && o.Object != first.Object {
			first = o
		}
	}
	at := c.place(c.own(first.Stack, first.Place), first.Goroutine)
	z := report.Finding{ID: id, Severity: report.P2, Where: at, Evidence: []string{onlyGPU}, Confidence: 0.8}
	kind := ".title"
	if id == imageLeak {
		kind = ".title.gpu"
	}
	z.Title = text.T("finding."+id+kind, at.Function, text.T("gpu.object."+objectKey(first.Object)), first.Destroyer)
	untouched := true
	for _, o := range objects {
		left := o.Made - o.Destroyed
		untouched = untouched && o.Destroyed == 0 && o.OthersDestroyed == 0
		rate := fmt.Sprintf("%.1f", float64(left)/c.g.Took.Seconds())
		z.Why = append(z.Why, text.T("why.gpucalls.objects", o.Made, o.Function, o.Destroyed, o.Destroyer, left, rate))
	}
	if shareOf(first.Frames, c.g.Frames) >= everyFrame && c.g.Frames >= gpuFrames {
		z.Why = append(z.Why, text.T("why.gpucalls.objects.frames"))
	}
	if untouched {
		z.Confidence = 0.9
	} else if first.Destroyed > 0 {
		z.Why = append(z.Why, text.T("why.gpucalls.objects.some", text.Duration(first.Longest), text.Duration(first.Oldest)))
	}
	if id == imageLeak { // it may be a cache that is being filled
		z.Confidence -= 0.1
	}
	z.Confidence = round(z.Confidence)
	z.Remedy = []text.Text{text.T("finding." + id + ".now.gpu"), text.T("finding."+id+".change.gpu", first.Destroyer, at.Function)}
	return z
}

// objectKey is a kind of objects as it stands in the keys of the tables.
func objectKey(object string) string { return strings.ReplaceAll(strings.ToLower(object), " ", "-") }
