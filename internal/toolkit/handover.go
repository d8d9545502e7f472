package toolkit

import (
	"slices"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Dispatcher says whether a function can be a loop that only calls what others hand
// it: it neither asks for events nor shows frames itself. A loop that does, and
// waits for another goroutine's function besides, keeps the window waiting.
func (tk *Toolkit) Dispatcher(calls func(callees []Func) bool) bool {
	return tk != nil && len(tk.LoopCalls) > 0 && !calls(slices.Concat(tk.Alive, tk.Frames))
}

// dispatches says whether the goroutine waits, on its own thread, for functions to
// call: the idle wait of a main thread that others hand their calls to.
func (tk *Toolkit) dispatches(g *evidence.Goroutine) bool {
	return g.Dispatch != "" && len(tk.LoopCalls) > 0
}

// handOver finds who hands its calls to a goroutine that waits for such, and with
// them runs the loop: its code makes the functions that call the toolkit. Where
// nobody is seen to, the goroutine that calls them counts as the loop's.
func (tk *Toolkit) handOver(found []evidence.UIGoroutine, gs []evidence.Goroutine, calls Calls, mainTID int) []evidence.UIGoroutine {
	at := slices.IndexFunc(found, func(u evidence.UIGoroutine) bool { return u.Role == evidence.RoleMain })
	if at < 0 || len(tk.LoopCalls) == 0 || tk.LoopLock != "main" {
		return found // the loop may run on any thread, and needs no other
	}
	main := found[at].Goroutine
	for i := range gs {
		g := &gs[i]
		if g.ID == main || g.System || calls == nil || g.Status == evidence.StatusDead {
			continue
		}
		known := slices.IndexFunc(found, func(u evidence.UIGoroutine) bool { return u.Goroutine == g.ID })
		// Outermost first: what a loop calls may hand over, too.
		for j := len(g.Frames) - 1; j >= 0; j-- {
			if f := g.Frames[j]; f.Origin != evidence.OriginUser || !calls(f, tk.LoopCalls, true) {
				continue
			}
			loop := g.Frames[j].Function
			if known >= 0 && found[known].Role == tk.LoopRole {
				found[known].Loop = loop // and not what began the goroutine
			} else if known < 0 {
				found = append(found, evidence.UIGoroutine{Goroutine: g.ID, Role: tk.LoopRole, Toolkit: tk.Name,
					Loop: loop, Locked: g.Locked, OnMain: onMain(g, mainTID)})
			}
			break
		}
	}
	any := false
	for i := range found {
		if u := &found[i]; u.Role == tk.LoopRole && u.Goroutine != main {
			u.Via, any = main, true
		}
	}
	for i := range gs {
		if gs[i].ID == main && !any && tk.dispatches(&gs[i]) {
			found[at].Role = tk.LoopRole
		}
	}
	return found
}
