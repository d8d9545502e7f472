package dump

import (
	"sort"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// maxSteps bounds the search in a dump that was made to be slow.
const maxSteps = 50_000_000

// How sure a pointer among a frame's arguments makes us that the goroutine holds
// the object. There is no program to look into: a frame that has the struct of
// the lock may have taken it, or may stand before or behind it.
const (
	sureRunsOnce  = 0.97 // it runs the Once's function
	sureExact     = 0.85 // the object's own address
	sureSameBase  = 0.80 // the struct that the waiter's method works on
	sureSameType  = 0.08 // added where both are methods of one type …
	sureTypeNear  = 0.25 // … and the waiter's own struct is not known
	sureInside    = 0.45 // between that struct's start and the object
	sureNear      = 0.45 // within 256 bytes below, the struct unknown
	sureFar       = 0.25 // within 4096 bytes below
	sureBelow     = 0.15 // below the struct's start: a larger struct, or a neighbour
	notLive       = 0.6  // factor: the word is printed with "?"
	waitsItself   = 0.7  // factor: that frame waits for another lock itself
	unknownChan   = 0.5  // factor: the channel's address is not known, only the waiter's pointers
	wouldServe    = 0.7  // factor: a channel, Cond or WaitGroup can be served by any that knows it
	sureEnough    = 0.1  // below this nothing is said
	basesOfWaiter = 4    // words of the waiter's frame that are looked for
)

// sought is what a waiter looks for: the object, or where its address is not
// known, the struct that the waiter's own frame works on.
type sought struct {
	kind, dir  string
	addr, base uint64
}

// candidate is a goroutine that may hold what is sought.
type candidate struct {
	mention
	sure float64
}

// finder looks for holders among the mentions, which are sorted by value.
type finder struct {
	goroutines []evidence.Goroutine
	mentions   []mention
	objects    []*evidence.Object
	users      []int
	known      map[sought][]candidate
	budget     int
}

// holds returns the goroutines that may hold what goroutine i waits for, the
// surest first.
func (f *finder) holds(i int, g *goroutine) []evidence.Hold {
	waiter, object := &f.goroutines[i], *f.objects[i]
	user := f.users[i]
	best := map[int]candidate{}
	for _, s := range f.soughtBy(g, user, object) {
		for _, c := range f.candidates(s) {
			if c.goroutine == i || f.waitsToo(c.goroutine, i, s) && c.sure != sureRunsOnce {
				continue
			}
			c.sure = f.weigh(c, waiter, user, s)
			if c.sure > best[c.goroutine].sure {
				best[c.goroutine] = c
			}
		}
	}
	var holds []evidence.Hold
	for k, c := range best {
		if c.sure < sureEnough {
			continue
		}
		reasons := []string{evidence.HoldOnStack}
		if object.Addr != 0 && c.value != object.Addr || object.Addr == 0 && object.Kind != "chan" {
			reasons = []string{evidence.HoldInObject}
		}
		holds = append(holds, evidence.Hold{Waiter: waiter.ID, Holder: f.goroutines[k].ID, Object: object,
			Frame: c.frame, Confidence: round(c.sure), Reasons: reasons})
	}
	sort.Slice(holds, func(a, b int) bool {
		if holds[a].Confidence != holds[b].Confidence {
			return holds[a].Confidence > holds[b].Confidence
		}
		return holds[a].Holder < holds[b].Holder
	})
	return holds[:min(len(holds), maxHolders)]
}

func round(v float64) float64 { return float64(int(v*100+0.5)) / 100 }

// soughtBy lists what goroutine g looks for: its object with the struct that its
// innermost user frame shows around it, or that frame's pointers alone.
func (f *finder) soughtBy(g *goroutine, user int, o evidence.Object) []sought {
	s := sought{kind: o.Kind, dir: o.Dir, addr: o.Addr}
	var bases []uint64
	for k := user; k < len(g.calls) && k < user+2 && len(bases) == 0; k++ {
		for _, w := range g.calls[k].args {
			if pointer(w.value) && w.reliable && len(bases) < basesOfWaiter {
				bases = append(bases, w.value)
			}
		}
	}
	if o.Addr != 0 {
		for _, b := range bases {
			if b <= o.Addr && o.Addr-b <= maxStruct && b > s.base {
				s.base = b
			}
		}
		return []sought{s}
	}
	if o.Note == "nil" {
		return nil
	}
	var all []sought
	for _, b := range bases {
		s.base = b
		all = append(all, s)
	}
	return all
}

// candidates returns the mentions that may mean what is sought.
func (f *finder) candidates(s sought) []candidate {
	if found, ok := f.known[s]; ok {
		return found
	}
	low, high := s.base, s.base
	if s.addr != 0 {
		low, high = s.addr, s.addr
		if s.kind != "chan" {
			low = s.addr - min(s.addr, maxStruct)
		}
	}
	var found []candidate
	at := sort.Search(len(f.mentions), func(i int) bool { return f.mentions[i].value >= low })
	for ; at < len(f.mentions) && f.mentions[at].value <= high && f.budget > 0; at++ {
		f.budget--
		m := f.mentions[at]
		found = append(found, candidate{mention: m, sure: f.sure(m, s)})
	}
	// Waiters of one object see the same candidates: keep the likely ones only.
	sort.SliceStable(found, func(a, b int) bool { return found[a].sure > found[b].sure })
	found = found[:min(len(found), 256)]
	f.known[s] = found
	return found
}

// sure weighs one mention by where it points.
func (f *finder) sure(m mention, s sought) float64 {
	function := f.goroutines[m.goroutine].Frames[m.frame].Function
	if strings.HasPrefix(function, "sync.(*Once).") {
		if s.kind == "once" && m.value == s.addr && !f.isWaiter(m.goroutine, s) {
			return sureRunsOnce
		}
		return 0
	}
	var v float64
	switch distance := s.addr - m.value; {
	case s.addr == 0, m.value == s.base && m.value != s.addr:
		v = sureSameBase
	case distance == 0:
		v = sureExact
	case s.base != 0 && m.value > s.base:
		v = sureInside
	case s.base != 0:
		v = sureBelow
	case distance <= 256:
		v = sureNear
	default:
		v = sureFar
	}
	if !m.reliable {
		v *= notLive
	}
	switch s.kind {
	case "chan", "cond", "waitgroup":
		v *= wouldServe
	}
	if s.kind == "chan" && s.addr == 0 {
		v *= unknownChan
	}
	return v
}

// weigh adds what the pair of goroutines says.
func (f *finder) weigh(c candidate, waiter *evidence.Goroutine, user int, s sought) float64 {
	v := c.sure
	if v == sureRunsOnce || v == 0 {
		return v
	}
	holder := &f.goroutines[c.goroutine]
	if user < len(waiter.Frames) {
		t := receiverType(waiter.Frames[user].Function)
		if t != "" && t == receiverType(holder.Frames[c.frame].Function) {
			if c.value == s.base {
				v += sureSameType
			} else if s.base == 0 {
				v += sureTypeNear
			}
		}
	}
	if o := f.objects[c.goroutine]; o != nil && c.frame == f.users[c.goroutine] {
		switch o.Kind {
		case "mutex", "rwmutex", "once":
			v *= waitsItself
		}
	}
	return v
}

// receiverType returns "main.(*Store)" of "main.(*Store).Count.func1".
func receiverType(function string) string {
	open := strings.Index(function, ".(*")
	if open < 0 {
		return ""
	}
	end := strings.IndexByte(function[open:], ')')
	if end < 0 {
		return ""
	}
	return function[:open+end+1]
}

// isWaiter reports whether goroutine k waits for what is sought.
func (f *finder) isWaiter(k int, s sought) bool {
	o := f.objects[k]
	return o != nil && o.Kind == s.kind && o.Dir == s.dir && s.addr != 0 && o.Addr == s.addr
}

// waitsToo reports whether goroutine k stands in the same wait as goroutine i,
// so that it cannot be the one that ends it.
func (f *finder) waitsToo(k, i int, s sought) bool {
	if f.isWaiter(k, s) {
		return true
	}
	o := f.objects[k]
	if o == nil || o.Kind != s.kind || o.Dir != s.dir || s.addr != 0 && o.Addr != 0 {
		return false
	}
	a, b := &f.goroutines[k], &f.goroutines[i]
	return f.users[k] < len(a.Frames) && f.users[i] < len(b.Frames) &&
		a.Frames[f.users[k]].Function == b.Frames[f.users[i]].Function &&
		a.Frames[f.users[k]].Line == b.Frames[f.users[i]].Line
}
