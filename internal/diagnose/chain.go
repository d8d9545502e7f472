package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// follow is how sure a hold must be for the chain to go on over it.
const follow = 0.15

// step is one goroutine of a wait-for chain, with the hold that leads to the
// next one.
type step struct {
	g    *evidence.Goroutine
	hold *evidence.Hold // nil at the end
}

// chain follows the likeliest holder from goroutine id to the end, or to a
// goroutine that it has seen before: cycle is then the index of that one, else
// -1.
func (c *theCase) chain(id uint64) (steps []step, cycle int) {
	seen := map[uint64]int{}
	for len(steps) < 64 {
		g := c.byID[id]
		if g == nil {
			return steps, -1
		}
		if at, ok := seen[id]; ok {
			return steps, at
		}
		seen[id] = len(steps)
		steps = append(steps, step{g: g})
		if len(steps) > 1 && causeIsOutside(c.causeOfGoroutine(g)) {
			return steps, -1 // the library's own goroutines explain nothing
		}
		h := c.best(id, seen)
		if h == nil {
			return steps, -1
		}
		steps[len(steps)-1].hold = h
		id = h.Holder
	}
	return steps, -1
}

// best is the likeliest holder. Where two are about as likely, the one that
// itself waits comes first: it explains more.
func (c *theCase) best(id uint64, seen map[uint64]int) *evidence.Hold {
	hs := c.holds[id]
	if len(hs) == 0 || hs[0].Confidence < follow {
		return nil
	}
	pick := &hs[0]
	if len(hs) > 1 && pick.Holder == id && hs[0].Confidence-hs[1].Confidence <= 0.05 {
		pick = &hs[1] // somebody else explains more than the waiter itself
	}
	for i := range hs {
		if hs[0].Confidence-hs[i].Confidence > 0.05 {
			break
		}
		if _, back := seen[hs[i].Holder]; back && hs[i].Holder != id {
			return &hs[i] // it closes a cycle
		}
	}
	for i := range hs {
		if hs[0].Confidence-hs[i].Confidence > 0.05 {
			break
		}
		if g := c.byID[hs[i].Holder]; g != nil && len(c.holds[g.ID]) > 0 {
			return &hs[i]
		}
	}
	return pick
}

// holderPlace is the line of the holder that keeps the object: the frame that
// took it, or the user's frame around it.
func (c *theCase) holderPlace(h *evidence.Hold) *report.Place {
	g := c.byID[h.Holder]
	if g == nil {
		return nil
	}
	if servesLater(h) { // what it does now decides, not where it keeps the object
		return userPlace(c.t, g)
	}
	if h.Frame >= 0 && h.Frame < len(g.Frames) {
		// From the holding frame outwards, then inwards, to the user's code.
		for i := h.Frame; i < len(g.Frames); i++ {
			if g.Frames[i].Origin == evidence.OriginUser && !toolkit.IsGenerated(g.Frames[i]) {
				return place(c.t, &g.Frames[i], g)
			}
		}
		for i := h.Frame; i >= 0; i-- {
			if g.Frames[i].Origin == evidence.OriginUser && !toolkit.IsGenerated(g.Frames[i]) {
				return place(c.t, &g.Frames[i], g)
			}
		}
	}
	return userPlace(c.t, g)
}

// servesLater: the holder is to send, receive, signal or finish, unlike one that
// keeps a lock.
func servesLater(h *evidence.Hold) bool {
	switch h.Object.Kind {
	case "chan", "waitgroup", "cond", "ui":
		return true
	}
	return false
}

// links turns a chain into what the report shows.
func (c *theCase) links(steps []step, cycle int) []report.Link {
	var out []report.Link
	for i, s := range steps {
		l := report.Link{Place: *userPlace(c.t, s.g)}
		if s.hold != nil {
			l.WaitsFor = c.objectName(&s.hold.Object)
			l.Confidence = round(s.hold.Confidence)
			if cycle >= 0 && i == len(steps)-1 {
				l.Cycle = true
			}
		} else if k := c.causeOfGoroutine(s.g); i > 0 && causeIsOutside(k) {
			l.WaitsFor = c.outsideName(s.g, k)
		} else if len(s.g.WaitsOn) > 0 && s.g.WaitsOn[0].Kind != "timer" {
			l.WaitsFor = c.objectName(&s.g.WaitsOn[0])
		}
		out = append(out, l)
	}
	return out
}

// objectNames are the Go names of what goroutines wait for.
var objectNames = map[string]string{
	"mutex": "sync.Mutex", "rwmutex": "sync.RWMutex", "once": "sync.Once", "cond": "sync.Cond",
	"waitgroup": "sync.WaitGroup", "chan": "channel", "sema": "semaphore", "fdmutex": "file lock of the poller",
}

func (c *theCase) objectName(o *evidence.Object) text.Text {
	switch o.Kind {
	case "ui":
		switch evidence.Role(o.Note) {
		case evidence.RoleMain:
			return text.T("object.main")
		case evidence.RoleRender:
			return text.T("object.render")
		case evidence.RoleWindow:
			return text.T("object.window")
		}
		return text.T("object.ui")
	case "fd":
		return text.T("object.fd", o.Note)
	case "process":
		return text.T("object.process", o.Note)
	case "coroutine":
		return text.T("object.coroutine")
	}
	name := objectNames[o.Kind]
	if name == "" {
		name = o.Kind
	}
	if o.Addr == 0 {
		return text.Literal(name)
	}
	return text.Literal(fmt.Sprintf("%s %#x", name, o.Addr))
}

// outsideName is what a goroutine waits for outside of the program.
func (c *theCase) outsideName(g *evidence.Goroutine, k cause) text.Text {
	s, proven := c.socketOf(g)
	switch {
	case k == network && s != nil && proven:
		return text.T("object.remote", s.Remote)
	case k == network:
		return text.T("object.network")
	case k == process:
		return text.T("object.child")
	case s != nil && s.Goroutine == g.ID && s.Local != "":
		return text.T("object.file", s.Local)
	}
	return text.T("object.disk")
}

// deadlock reports whether the UI goroutine id stands in a cycle, and how sure
// that is.
func (c *theCase) deadlock(steps []step, cycle int) (confidence float64, ok bool) {
	if cycle < 0 {
		return 0, false
	}
	confidence = 1
	involved := false
	for i, s := range steps {
		if s.hold != nil {
			confidence *= s.hold.Confidence
		}
		if _, ui := c.ui[s.g.ID]; ui && i >= cycle {
			involved = true
		}
		if i >= cycle && !c.onlyWithin(s.g, steps[cycle:]) {
			return 0, false
		}
		// What a library's own goroutine would do for whom is not known so well.
		if _, ui := c.ui[s.g.ID]; i >= cycle && !ui && s.hold != nil && s.hold.Confidence < 0.8 && !hasUserCode(s.g) {
			return 0, false
		}
	}
	return confidence, involved && confidence >= 0.3
}

func hasUserCode(g *evidence.Goroutine) bool {
	return slices.ContainsFunc(g.Frames, func(f evidence.Frame) bool { return f.Origin == evidence.OriginUser }) ||
		g.Created != nil && g.Created.Origin == evidence.OriginUser
}

// onlyWithin reports whether everything that could wake a goroutine of a cycle
// lies within the cycle. A select is woken by any of its cases: by one with a
// timer, or with a partner outside, it goes on.
func (c *theCase) onlyWithin(g *evidence.Goroutine, ring []step) bool {
	if !strings.HasPrefix(g.WaitReason, "select") {
		return true
	}
	for _, o := range g.WaitsOn {
		if o.Kind != "chan" {
			continue
		}
		if o.Note == "timer" {
			return false
		}
		served := false
		for _, h := range c.holds[g.ID] {
			if h.Object.Addr != o.Addr || h.Confidence < follow {
				continue
			}
			served = true
			if !slices.ContainsFunc(ring, func(s step) bool { return s.g.ID == h.Holder }) {
				return false
			}
		}
		if !served && len(g.WaitsOn) > 1 {
			continue // nobody has it: this case never comes
		}
	}
	return true
}

// causeOfGoroutine says what a goroutine does.
func (c *theCase) causeOfGoroutine(g *evidence.Goroutine) cause {
	if k := causeByPackage(below(g.Frames)); k != unclear && g.Status == evidence.StatusWaiting {
		return causeOf(c.tk, g.Status, g.WaitReason, g.Frames) // a library's timer is its own affair
	}
	if slices.ContainsFunc(g.WaitsOn, func(o evidence.Object) bool { return o.Kind == "chan" && o.Note == "timer" }) && len(g.WaitsOn) == 1 {
		return sleeps
	}
	return causeOf(c.tk, g.Status, g.WaitReason, g.Frames)
}

// crossing is the call of the toolkit in which a goroutine waits for the UI.
func crossing(g *evidence.Goroutine) string {
	i := toolkit.UserFrame(g.Frames)
	if i > 0 {
		return g.Frames[i-1].Function
	}
	return ""
}
