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
		if !e.rendezvous(in.Chan) {
			return nil
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
		if refs := v.(ssa.Value).Referrers(); refs != nil {
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

// boundTo says what is behind an interface value that a function of the standard
// library reads or writes, where the same expression shows it: a file that was
// opened, a connection. The standard streams are none of them.
func boundTo(c *ssa.CallCommon) (kind, bool) {
	for _, a := range c.Args {
		mi, ok := a.(*ssa.MakeInterface)
		if !ok {
			if n := namedOf(a.Type()); n != nil && n.Pkg() != nil {
				switch n.Pkg().Path() + "." + n.Name() {
				case "net.Conn":
					return network, true
				case "fyne.io/fyne/v2.URIReadCloser", "fyne.io/fyne/v2.URIWriteCloser":
					return file, true
				}
			}
			if ci, ok := a.(*ssa.ChangeInterface); ok {
				if n := namedOf(ci.X.Type()); n != nil && n.Pkg() != nil {
					switch n.Pkg().Path() + "." + n.Name() {
					case "net.Conn":
						return network, true
					case "fyne.io/fyne/v2.URIReadCloser", "fyne.io/fyne/v2.URIWriteCloser":
						return file, true
					}
				}
				if bodyOf(ci.X) {
					return network, true
				}
			}
			continue
		}
		n := namedOf(mi.X.Type())
		if n == nil || n.Pkg() == nil {
			continue
		}
		switch n.Pkg().Path() + "." + n.Name() {
		case "os.File":
			if u, ok := mi.X.(*ssa.UnOp); ok {
				if _, isGlobal := u.X.(*ssa.Global); isGlobal {
					continue // os.Stdout
				}
			}
			return file, true
		case "net.TCPConn", "net.UnixConn", "crypto/tls.Conn":
			return network, true
		}
	}
	return "", false
}

// bodyOf says whether v is the body of an HTTP response.
func bodyOf(v ssa.Value) bool {
	u, ok := v.(*ssa.UnOp)
	if !ok {
		return false
	}
	f, ok := u.X.(*ssa.FieldAddr)
	if !ok {
		return false
	}
	k := keyOfField(f.X.Type(), f.Field)
	return k.owner != nil && k.owner.Pkg() != nil && k.owner.Pkg().Path() == "net/http" && k.owner.Name() == "Response" && fieldName(f.X.Type(), f.Field) == "Body"
}
