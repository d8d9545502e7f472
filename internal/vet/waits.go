package vet

import (
	"go/constant"
	"go/token"
	"go/types"
	"time"

	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/toolkit"
)

// channelWait says whether an instruction waits for another goroutine, by way of
// a channel.
func (e *engine) channelWait(n *node, in ssa.Instruction, ownLoop bool) *waiting {
	switch in := in.(type) {
	case *ssa.UnOp:
		if in.Op != token.ARROW {
			return nil
		}
		if timer(in.X) {
			if ownLoop {
				return nil // the loop's own pace
			}
			if d, ok := after(in.X); ok && d <= shortest {
				return nil
			}
			return &waiting{at: n, pos: siteOf(in), kind: sleep, call: "<-" + nameOf(in.X)}
		}
		if ownLoop && e.loopEvent(n.root.kit, in.X.Type()) || e.token(in) {
			return nil
		}
		return &waiting{at: n, pos: siteOf(in), kind: channel, call: "<-" + nameOf(in.X)}
	case *ssa.Send:
		if ownLoop && signal(in.X) || !e.rendezvous(in.Chan) || e.awaited(in) {
			return nil // in its own loop: the turn goes back to who pumps the events
		}
		return &waiting{at: n, pos: siteOf(in), kind: channel, call: nameOf(in.Chan) + "<-"}
	case *ssa.Select:
		if !in.Blocking || ownLoop {
			return nil
		}
		for _, s := range in.States {
			if d, ok := after(s.Chan); ok && d <= shortest {
				return nil
			}
			if s.Dir == types.SendOnly && !e.rendezvous(s.Chan) {
				return nil
			}
		}
		return &waiting{at: n, pos: siteOf(in), kind: channel, call: "select"}
	}
	return nil
}

// shortest is the longest sleep that is none: nobody sees a thousandth of a
// second.
const shortest = time.Millisecond

// blink says whether a call of time.Sleep is as short as that.
func blink(c *ssa.CallCommon) bool {
	d, ok := duration(c)
	return ok && d <= shortest
}

func duration(c *ssa.CallCommon) (time.Duration, bool) {
	if len(c.Args) == 0 {
		return 0, false
	}
	k, ok := c.Args[0].(*ssa.Const)
	if !ok || k.Value == nil || k.Value.Kind() != constant.Int {
		return 0, false
	}
	d, exact := constant.Int64Val(k.Value)
	return time.Duration(d), exact
}

// pacing says whether a call in a program's own loop only sets the loop's pace.
func pacing(c ssa.CallInstruction, k kind, _ *toolkit.Source) bool {
	if k != sleep {
		return false
	}
	d, ok := duration(c.Common())
	return !ok || d <= 100*time.Millisecond
}

// timer says whether a channel is a clock's: time.After, the C of a Ticker.
func timer(ch ssa.Value) bool {
	c, ok := ch.Type().Underlying().(*types.Chan)
	if !ok {
		return false
	}
	n := namedOf(c.Elem())
	return n != nil && n.Pkg() != nil && n.Pkg().Path() == "time" && n.Name() == "Time"
}

// after is how long a channel of time.After, or of a timer made by the same
// function, waits.
func after(ch ssa.Value) (time.Duration, bool) {
	if u, ok := ch.(*ssa.UnOp); ok { // timer.C
		a, ok := u.X.(*ssa.FieldAddr)
		if !ok {
			return 0, false
		}
		ch = a.X
	}
	c, ok := ch.(*ssa.Call)
	if !ok {
		return 0, false
	}
	f := calleeOf(&c.Call)
	if f == nil || f.Pkg() == nil || f.Pkg().Path() != "time" || f.Name() != "After" && f.Name() != "NewTimer" && f.Name() != "NewTicker" {
		return 0, false
	}
	return duration(&c.Call)
}

// awaited says whether the function that made the channel, and around which this
// callback stands, waits for the answer itself: the receiver is there first.
func (e *engine) awaited(in *ssa.Send) bool {
	makes, _ := e.makes(in.Chan, map[ssa.Value]bool{})
	for _, m := range makes {
		outer := m.Parent()
		if outer == in.Parent() {
			return false
		}
		waits := false
		for _, b := range outer.Blocks {
			for _, i := range b.Instrs {
				if u, ok := i.(*ssa.UnOp); ok && u.Op == token.ARROW {
					got, _ := e.makes(u.X, map[ssa.Value]bool{})
					waits = waits || overlap(got, makes)
				}
			}
		}
		if !waits {
			return false
		}
	}
	return len(makes) > 0
}

// signal says whether a value says no more than that it was sent.
func signal(v ssa.Value) bool {
	s, ok := v.Type().Underlying().(*types.Struct)
	return ok && s.NumFields() == 0
}

func (e *engine) loopEvent(s *toolkit.Source, t types.Type) bool {
	c, ok := t.Underlying().(*types.Chan)
	if !ok || s == nil {
		return false
	}
	n := namedOf(c.Elem())
	return n != nil && n.Pkg() != nil && toolkit.MatchAny(s.LoopEvents, n.Pkg().Path()+"."+n.Name())
}

// rendezvous says whether a send certainly has to wait for a receiver: every make
// of the channel is known, and none has a buffer. A buffer is there so that the
// sender need not wait; of a channel that comes from elsewhere nothing is known.
func (e *engine) rendezvous(ch ssa.Value) bool {
	makes, known := e.makes(ch, map[ssa.Value]bool{})
	if !known || len(makes) == 0 {
		return false
	}
	for _, m := range makes {
		size, ok := m.Size.(*ssa.Const)
		if !ok || size.Value == nil || constant.Sign(size.Value) != 0 {
			return false
		}
	}
	return true
}

// makes are the places where a channel is made; known is false if there may be
// others.
func (e *engine) makes(v ssa.Value, seen map[ssa.Value]bool) (all []*ssa.MakeChan, known bool) {
	if seen[v] {
		return nil, true
	}
	seen[v] = true
	each := func(vs []ssa.Value) ([]*ssa.MakeChan, bool) {
		var all []*ssa.MakeChan
		for _, x := range vs {
			m, ok := e.makes(x, seen)
			if !ok {
				return nil, false
			}
			all = append(all, m...)
		}
		return all, true
	}
	switch v := v.(type) {
	case *ssa.MakeChan:
		return []*ssa.MakeChan{v}, true
	case *ssa.ChangeType:
		return e.makes(v.X, seen)
	case *ssa.Const:
		return nil, true // nil: the zero value before it is made
	case *ssa.Phi:
		return each(v.Edges)
	case *ssa.UnOp:
		switch x := v.X.(type) {
		case *ssa.Alloc:
			return each(storesTo(x))
		case *ssa.FieldAddr:
			return each(e.fields[keyOfField(x.X.Type(), x.Field)])
		case *ssa.Global:
			return each(e.globals[x])
		case *ssa.FreeVar:
			return e.makes(x, seen)
		}
	case *ssa.Alloc: // a variable that a closure captures
		return each(storesTo(v))
	case *ssa.FreeVar:
		for i, f := range v.Parent().FreeVars {
			if f != v {
				continue
			}
			var at []ssa.Value
			for _, m := range e.made[v.Parent()] {
				at = append(at, m.Bindings[i])
			}
			return each(at)
		}
	case *ssa.Parameter:
		for i, p := range v.Parent().Params {
			if p != v || len(e.callers[v.Parent()]) == 0 {
				continue
			}
			var at []ssa.Value
			for _, site := range e.callers[v.Parent()] {
				args := site.Common().Args
				if site.Common().IsInvoke() || len(args) <= i {
					return nil, false
				}
				at = append(at, args[i])
			}
			return each(at)
		}
	}
	return nil, false
}

// token says whether a receive gives a token back that the same function has
// sent: the channel is a semaphore, and the receive does not wait.
func (e *engine) token(in *ssa.UnOp) bool {
	makes, known := e.makes(in.X, map[ssa.Value]bool{})
	if !known || len(makes) == 0 {
		return false
	}
	outer := in.Parent()
	for outer.Parent() != nil {
		outer = outer.Parent()
	}
	started := map[*ssa.Function]bool{}
	found := false
	var look func(fn *ssa.Function)
	look = func(fn *ssa.Function) {
		for _, b := range fn.Blocks {
			for _, i := range b.Instrs {
				switch i := i.(type) {
				case *ssa.Go:
					if s := i.Call.StaticCallee(); s != nil {
						started[s] = true
					}
				case *ssa.Send:
					sent, ok := e.makes(i.Chan, map[ssa.Value]bool{})
					found = found || ok && overlap(sent, makes)
				}
			}
		}
		for _, a := range fn.AnonFuncs {
			if !started[a] {
				look(a)
			}
		}
	}
	look(outer)
	if !found {
		return false
	}
	for _, m := range makes { // without a buffer nobody gives a token to himself
		if size, ok := m.Size.(*ssa.Const); ok && (size.Value == nil || constant.Sign(size.Value) == 0) {
			return false
		}
	}
	return true
}

func overlap(a, b []*ssa.MakeChan) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

// nameOf names a channel as the source does, as far as it can be told.
func nameOf(v ssa.Value) string {
	switch v := v.(type) {
	case *ssa.UnOp:
		return nameOf(v.X)
	case *ssa.FieldAddr:
		return fieldName(v.X.Type(), v.Field)
	case *ssa.Field:
		return fieldName(v.X.Type(), v.Field)
	case *ssa.Global:
		return v.Name()
	case *ssa.FreeVar:
		return v.Name()
	case *ssa.Parameter:
		return v.Name()
	case *ssa.Alloc:
		if v.Comment != "" {
			return v.Comment
		}
	case *ssa.Call:
		if f := calleeOf(&v.Call); f != nil {
			return short(f) + "()"
		}
	case *ssa.ChangeType:
		return nameOf(v.X)
	case *ssa.MakeChan, *ssa.Phi:
		if refs := v.Referrers(); refs != nil {
			for _, r := range *refs {
				if d, ok := r.(*ssa.DebugRef); ok {
					if o := d.Object(); o != nil {
						return o.Name()
					}
				}
			}
		}
	}
	return "chan"
}

func fieldName(t types.Type, i int) string {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if s, ok := t.Underlying().(*types.Struct); ok && i < s.NumFields() {
		return s.Field(i).Name()
	}
	return "field"
}
