package diagnose

import (
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// fillBlocked explains frames that were late because the goroutine waited.
func (c *frameCase) fillBlocked(f *report.Finding, g *lateGroup) {
	name := f.Where.Function
	f.Title = text.T(id(f)+".title.frames", name)
	c.whyPlace(f, g, "wait")
	if b := c.blockingAt(g); b != nil {
		f.Blocker = c.holderOf(b)
		f.Why = append(f.Why, text.T("why.frames.waits", b.Times, text.Duration(sane(b.Total)), text.Duration(sane(b.Longest))))
	}
	frames := c.stack(g.stack)
	if g.place >= 0 && g.place <= len(frames) {
		frames = frames[:g.place]
	}
	var change []text.Text
	switch g.id {
	case locks, conds, channels:
		if f.Blocker == nil {
			f.Why = append(f.Why, text.T("why.less.frames.holder"))
		} else {
			f.Title = text.T(id(f)+".title.frames.blocker", name, f.Blocker.Function)
			f.Why = append(f.Why, text.T("why.frames.holder", f.Blocker.Goroutine, f.Blocker.Function, at(f.Blocker)))
		}
	}
	switch g.id {
	case locks:
		if f.Blocker != nil {
			change = append(change, text.T(id(f)+".change1", f.Blocker.Function), text.T(id(f)+".change2", f.Blocker.Function))
		}
		change = append(change, text.T(id(f)+".change3", name))
	case conds:
		if calledIn(frames, "sync.(*WaitGroup)") {
			change = append(change, text.T(id(f)+".change.waitgroup", name))
		} else {
			change = append(change, text.T(id(f)+".change", name))
		}
	case channels:
		change = append(change, text.T(id(f)+".change."+channelUse(frames), name))
	case sleeps:
		change = append(change, text.T(id(f)+".change", name))
	case network:
		change = append(change, c.async(name), text.T(id(f)+".change1"))
	case disk:
		variant := ""
		switch {
		case calledIn(frames, "syscall.Fsync", "syscall.Fdatasync", "os.(*File).Sync", "internal/poll.(*FD).Fsync"):
			variant = ".fsync"
		case calledIn(frames, "syscall.Flock", "syscall.FcntlFlock"):
			variant = ".lock"
		}
		change = append(change, text.T(id(f)+".change"+variant), c.async(name))
	case process:
		change = append(change, text.T(id(f)+".change"), c.async(name))
	case inC, syscalls:
		change = append(change, text.T(id(f)+".change", name), c.async(name))
	}
	c.frameRemedies(f, nil, change)
}

// calledIn reports whether one of the frames is one of the functions.
func calledIn(frames []evidence.Frame, prefixes ...string) bool {
	for i := range frames {
		for _, p := range prefixes {
			if strings.HasPrefix(frames[i].Function, p) {
				return true
			}
		}
	}
	return false
}

// channelUse is what is done to the channel, by the runtime's function for it
// (runtime/chan.go, select.go).
func channelUse(frames []evidence.Frame) string {
	switch {
	case calledIn(frames, "runtime.selectgo"):
		return "select"
	case calledIn(frames, "runtime.chansend"):
		return "send"
	}
	return "receive"
}

// blockingAt is the account of the waits that made the frames of a group late:
// of that cause and function, the longest in all. nil: there is none.
func (c *frameCase) blockingAt(g *lateGroup) *evidence.BlockingCall {
	var best *evidence.BlockingCall
	for i := range c.fr.Blocking {
		b := &c.fr.Blocking[i]
		if causeIDs[b.Cause] != g.id || c.blockingFunction(b) != g.function && !c.callsBlocking(b, g.function) {
			continue
		}
		if best == nil || b.Holder != 0 && best.Holder == 0 || (b.Holder != 0) == (best.Holder != 0) && b.Total > best.Total {
			best = b
		}
	}
	return best
}

// blockingFunction is the user's function that waits.
func (c *frameCase) blockingFunction(b *evidence.BlockingCall) string {
	if p := c.userPlaceIn(b.Stack, b.Place); p >= 0 {
		return c.stack(b.Stack)[p].Function
	}
	return ""
}

func (c *frameCase) callsBlocking(b *evidence.BlockingCall, function string) bool {
	frames := c.stack(b.Stack)
	for _, i := range c.userCalls(b.Stack, b.Place) {
		if frames[i].Function == function {
			return true
		}
	}
	return false
}

// userPlaceIn is the index of the user's own frame that a place names, -1: it is
// not the user's.
func (c *frameCase) userPlaceIn(stack, place int) int {
	if calls := c.userCalls(stack, place); len(calls) > 0 {
		return calls[0]
	}
	return -1
}

// holderOf is the line of the goroutine that kept the UI waiting.
func (c *frameCase) holderOf(b *evidence.BlockingCall) *report.Place {
	frames := c.stack(b.HolderStack)
	if b.Holder == 0 || b.HolderStack == b.Stack {
		return nil
	}
	at := placeIn(frames, b.HolderPlace)
	if at < 0 {
		return nil
	}
	p := place(c.t, &frames[at], nil)
	p.Goroutine, p.State = b.Holder, b.HolderState
	return p
}
