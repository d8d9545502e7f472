package toolkit

import (
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Calls says whether the code of a frame's function calls one of the functions
// that match; nil where the code cannot be read, as in a dump. With handed, it
// says whether the function makes a function value whose code does, which others
// may call.
type Calls func(f evidence.Frame, callees []Func, handed bool) bool

// FindUI finds the goroutines that matter to the UI among all of a program's, by
// the outermost loop function on each stack. mainTID is the process's main
// thread, 0 if unknown. If the toolkit is linked in but no loop is on any stack,
// it gives the main goroutine (id 1) with an empty Loop: start-up, or after the
// loop.
func FindUI(tk *Toolkit, gs []evidence.Goroutine, mainTID int) []evidence.UIGoroutine {
	return FindUICalls(tk, gs, mainTID, nil)
}

// FindUICalls is FindUI with a look into the code: where the toolkit leaves the
// loop to the user, a goroutine that stands in user code has nothing of the
// toolkit on its stack, and only what its functions call tells that one of them
// is the loop. Without calls, the likeliest goroutine is taken.
func FindUICalls(tk *Toolkit, gs []evidence.Goroutine, mainTID int, calls Calls) []evidence.UIGoroutine {
	if tk == nil {
		return nil
	}
	var found []evidence.UIGoroutine
	add := func(g *evidence.Goroutine, role evidence.Role, loop, mustLock string) {
		found = append(found, evidence.UIGoroutine{
			Goroutine: g.ID,
			Role:      role,
			Toolkit:   tk.Name,
			Loop:      loop,
			MustLock:  mustLock,
			Locked:    g.Locked,
			OnMain:    onMain(g, mainTID),
		})
	}
	for i := range gs {
		g := &gs[i]
		if g.System || g.Status == evidence.StatusDead {
			continue
		}
		if at, loop := tk.loop(g.Frames); loop != nil {
			add(g, loop.Role, g.Frames[at].Function, loop.MustLock)
		} else if tk.dispatches(g) {
			add(g, evidence.RoleMain, g.Dispatch, tk.LoopLock)
		} else if at := tk.userLoop(g.Frames, calls); at >= 0 {
			add(g, tk.LoopRole, g.Frames[at].Function, tk.LoopLock)
		}
	}
	found = tk.handOver(found, gs, calls, mainTID)
	if len(tk.LoopCalls) > 0 {
		for _, g := range tk.likeliest(gs, found, mainTID, calls != nil) {
			add(g, tk.LoopRole, outermostUser(g.Frames), tk.LoopLock)
		}
	}
	tk.renderThreads(found, gs, calls)
	if len(found) == 0 {
		for i := range gs {
			if gs[i].ID == 1 {
				add(&gs[i], evidence.RoleUI, "", "")
			}
		}
	}
	return found
}

// onMain says whether the goroutine's thread is the process's main thread. A dump
// does not name threads; there, goroutine 1 is locked to the main thread if it
// is locked at all, because only an init function can have made sure of it.
func onMain(g *evidence.Goroutine, mainTID int) bool {
	if g.Thread != 0 && mainTID != 0 {
		return g.Thread == mainTID
	}
	return g.ID == 1 && g.Locked
}

// renderThreads finds, among several goroutines with a loop of the user's own,
// those that only draw: the events are another's, and with them the rule that
// asks for the main thread.
func (tk *Toolkit) renderThreads(found []evidence.UIGoroutine, gs []evidence.Goroutine, calls Calls) {
	if len(tk.Alive) == 0 || len(tk.LoopCalls) == 0 || calls == nil {
		return
	}
	events := make([]bool, len(found))
	any := false
	for n, u := range found {
		g := slices.IndexFunc(gs, func(g evidence.Goroutine) bool { return g.ID == u.Goroutine })
		if u.Role != tk.LoopRole || g < 0 {
			continue
		}
		for _, f := range gs[g].Frames {
			if matchAny(tk.Alive, f.Function) >= 0 || f.Origin == evidence.OriginUser && calls(f, tk.Alive, false) {
				events[n], any = true, true
				break
			}
		}
	}
	for n := range found {
		if any && !events[n] && found[n].Role == tk.LoopRole {
			found[n].Role, found[n].MustLock = evidence.RoleRender, "any"
		}
	}
}

// LoopFrame returns the index of the loop's frame on a stack; what is below it is
// one turn of the loop. -1: no loop is on the stack.
func LoopFrame(tk *Toolkit, frames []evidence.Frame) int {
	if tk == nil {
		return -1
	}
	if at, loop := tk.loop(frames); loop != nil {
		return at
	}
	return tk.userLoop(frames, nil)
}

// loop returns the outermost loop function on the stack.
func (tk *Toolkit) loop(frames []evidence.Frame) (int, *Loop) {
	for i := len(frames) - 1; i >= 0; i-- {
		for j := range tk.Loops {
			if tk.Loops[j].Match.Match(frames[i].Function) {
				return i, &tk.Loops[j]
			}
		}
	}
	return -1, nil
}

// userLoop returns the frame of the user's own loop: the one that calls one of
// LoopCalls or Pump, or whose code has a call of LoopCalls.
func (tk *Toolkit) userLoop(frames []evidence.Frame, calls Calls) int {
	if len(tk.LoopCalls) == 0 {
		return -1
	}
	for i := len(frames) - 2; i >= 0; i-- {
		if matchAny(tk.LoopCalls, frames[i].Function) < 0 && matchAny(tk.Pump, frames[i].Function) < 0 {
			continue
		}
		for j := i + 1; j < len(frames); j++ {
			if !toolkitWork(tk, frames[j]) {
				return j
			}
		}
	}
	if calls == nil {
		return -1
	}
	for i := len(frames) - 1; i >= 0; i-- {
		if !toolkitWork(tk, frames[i]) && calls(frames[i], tk.LoopCalls, false) {
			return i
		}
	}
	return -1
}

// Signs that a goroutine runs the user's own loop, by what is seen without its
// code. One sign alone may be chance.
const (
	signThread   = 3 // it is locked as the toolkit's thread rule asks
	signCallback = 4 // toolkit code between user code: it is in a callback
	signStarted  = 1 // a function of package main started it
	signByMain   = 1 // … main.main itself
	signClosure  = 1 // … with a closure, which makes a window and calls its loop
	signsWeak    = signStarted + signByMain
	signsStrong  = signThread + signStarted
)

// likeliest returns the goroutines most like the one that runs the user's own
// loop, besides those found. Where others were found already, or the code was
// looked into in vain, only strong signs count.
func (tk *Toolkit) likeliest(gs []evidence.Goroutine, found []evidence.UIGoroutine, mainTID int, looked bool) []*evidence.Goroutine {
	bar := signsWeak
	for _, u := range found {
		if u.Role == tk.LoopRole {
			bar = signsStrong
		}
	}
	if looked {
		bar = signsStrong
	}
	if bar == signsStrong && tk.LoopLock == "main" && len(found) > 0 {
		return nil // there is one main thread
	}
	var best []*evidence.Goroutine
	most := bar
	for i := range gs {
		g := &gs[i]
		known := slices.ContainsFunc(found, func(u evidence.UIGoroutine) bool { return u.Goroutine == g.ID })
		if _, waits := WaitsForUI(tk, g); known || waits || g.System || outermostUser(g.Frames) == "" {
			continue
		}
		switch points := tk.signs(g, mainTID); {
		case points > most && bar < signsStrong:
			best, most = []*evidence.Goroutine{g}, points
		case points >= signsStrong && (bar == signsStrong || points == most), points == most && len(best) == 0:
			best = append(best, g)
		}
	}
	return best
}

func (tk *Toolkit) signs(g *evidence.Goroutine, mainTID int) int {
	points := 0
	switch {
	case tk.LoopLock == "main":
		if g.ID == 1 || onMain(g, mainTID) {
			points += signThread + signStarted
		}
	case g.Locked:
		points += signThread
	}
	if tk.between(g.Frames) {
		points += signCallback
	}
	if g.Created != nil && strings.HasPrefix(g.Created.Function, "main.") {
		points += signStarted
		if g.Created.Function == "main.main" {
			points += signByMain
		}
		if strings.HasPrefix(outermostUser(g.Frames), "main.main.func") {
			points += signClosure
		}
	}
	return points
}

// between says whether toolkit code stands between user code: a callback.
func (tk *Toolkit) between(frames []evidence.Frame) bool {
	outer := false
	for i := len(frames) - 1; i >= 0; i-- {
		switch frames[i].Origin {
		case evidence.OriginUser:
			outer = true
		case evidence.OriginToolkit:
			if outer {
				return true
			}
		}
	}
	return false
}

// outermostUser is the outermost function of user code that a person wrote; a
// generated one only for want of another.
func outermostUser(frames []evidence.Frame) string {
	generated := ""
	for i := len(frames) - 1; i >= 0; i-- {
		switch f := frames[i]; {
		case f.Origin != evidence.OriginUser:
		case !IsGenerated(f):
			return f.Function
		case generated == "":
			generated = f.Function
		}
	}
	return generated
}

// ActivityOf classifies one stack of a UI goroutine.
func ActivityOf(tk *Toolkit, role evidence.Role, g *evidence.Goroutine) evidence.Activity {
	frames := g.Frames
	if len(frames) == 0 {
		return evidence.Unknown
	}
	if tk == nil {
		return evidence.NotStart
	}
	at, loop := tk.loop(frames)
	own := loop == nil && len(tk.LoopCalls) > 0
	switch {
	case loop != nil:
	case own && (role == tk.LoopRole || role == evidence.RoleMain || tk.userLoop(frames, nil) >= 0):
		at = len(frames) - 1
	case g.Cut != "":
		return evidence.Unknown
	default:
		return evidence.NotStart
	}
	inner := frames[:at+1]
	if tk.idle(inner, g) {
		return evidence.Idle
	}
	if tk.pumps(inner) {
		return evidence.Pump
	}
	if own {
		if outermostUser(inner) == "" && g.Cut != "" {
			return evidence.Unknown
		}
		return evidence.User
	}
	if loop.UserBelow {
		// The loop function is the place where user code begins.
		return evidence.User
	}
	if !tk.allToolkit(inner[:at]) {
		return evidence.User
	}
	return evidence.Pump
}

// allToolkit says whether every frame is toolkitWork.
func (tk *Toolkit) allToolkit(frames []evidence.Frame) bool {
	return !slices.ContainsFunc(frames, func(f evidence.Frame) bool { return !toolkitWork(tk, f) })
}

// idle says whether the goroutine waits for events, or for the person who sits
// before a dialog.
func (tk *Toolkit) idle(frames []evidence.Frame, g *evidence.Goroutine) bool {
	leaf := slices.IndexFunc(frames, func(f evidence.Frame) bool { return !tk.passive(f) })
	if leaf < 0 {
		return false
	}
	if tk.dispatches(g) {
		return true
	}
	for i := range tk.Idle {
		// Where the toolkit has the loop, user code between it and the wait means
		// that the user's code waits.
		if tk.Idle[i].matches(frames[:leaf+1], g) && (len(tk.LoopCalls) > 0 || tk.allToolkit(frames[leaf:len(frames)-1])) {
			return true
		}
	}
	for i := range modal {
		if modal[i].matches(frames[:leaf+1], g) {
			return true
		}
	}
	return false
}

// passive says whether the frame only carries a wait: it is the runtime's, the
// standard library's, C, or of a module that the toolkit uses.
func (tk *Toolkit) passive(f evidence.Frame) bool {
	switch f.Origin {
	case evidence.OriginStd, evidence.OriginRuntime, evidence.OriginC:
		return true
	case evidence.OriginDependency:
		return underAny(packageOf(f), tk.Uses)
	}
	return false
}

// matches takes frames whose outermost is the leaf: the innermost function that
// is neither the standard library's nor one that the toolkit uses.
func (w *Wait) matches(frames []evidence.Frame, g *evidence.Goroutine) bool {
	if !w.Match.Match(frames[len(frames)-1].Function) {
		return false
	}
	if len(w.Reasons) > 0 && (g.Status != evidence.StatusWaiting && g.Status != "" || !slices.Contains(w.Reasons, g.WaitReason)) {
		return false
	}
	return w.Via == "" || slices.ContainsFunc(frames, func(f evidence.Frame) bool { return w.Via.Match(f.Function) })
}

// pumps says whether the toolkit works, with no user code on top of it.
func (tk *Toolkit) pumps(frames []evidence.Frame) bool {
	for _, f := range frames {
		if matchAny(tk.Pump, f.Function) >= 0 {
			return true
		}
		if !toolkitWork(tk, f) {
			return false
		}
	}
	return false
}

// toolkitWork says whether the frame is the toolkit's own, or what the toolkit
// calls.
func toolkitWork(tk *Toolkit, f evidence.Frame) bool {
	return f.Origin == evidence.OriginToolkit || tk.passive(f)
}

// packageOf is the frame's package path, from its function's name where the
// package is not filled in.
func packageOf(f evidence.Frame) string {
	if f.Package != "" {
		return f.Package
	}
	return PackageOf(f.Function)
}

// PackageOf is the package path in the name of a function: what stands before
// the first dot after the last slash, with the linker's escapes undone.
func PackageOf(function string) string {
	name, _, _ := strings.Cut(function, "[")
	slash := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[slash:], '.')
	if dot < 0 {
		return ""
	}
	return unescape(name[:slash+dot])
}

// WaitsForUI says whether a blocked goroutine stands in a call that waits for the
// UI goroutine, and for which role.
func WaitsForUI(tk *Toolkit, g *evidence.Goroutine) (evidence.Role, bool) {
	if tk == nil || g.Status != evidence.StatusWaiting && g.Status != "" {
		return "", false
	}
	leaf := slices.IndexFunc(g.Frames, func(f evidence.Frame) bool { return !tk.passive(f) })
	if leaf < 0 {
		return "", false
	}
	for _, c := range tk.Crossings {
		for _, f := range g.Frames[leaf:] {
			if !toolkitWork(tk, f) && !c.Match.Match(f.Function) {
				break
			}
			if c.Match.Match(f.Function) {
				return c.Role, true
			}
		}
	}
	return "", false
}

// Troubled follows the toolkit's own hand-overs: where a UI goroutine waits for
// another role, what that one does decides. It returns the goroutine at the end,
// and its activity. A cycle ends at the goroutine where it closes.
func Troubled(tk *Toolkit, ui []evidence.UIGoroutine, gs []evidence.Goroutine, id uint64) (uint64, evidence.Activity) {
	seen := map[uint64]bool{}
	for {
		seen[id] = true
		u := slices.IndexFunc(ui, func(u evidence.UIGoroutine) bool { return u.Goroutine == id })
		g := slices.IndexFunc(gs, func(g evidence.Goroutine) bool { return g.ID == id })
		if u < 0 || g < 0 {
			return id, evidence.Unknown
		}
		activity := ActivityOf(tk, ui[u].Role, &gs[g])
		role, waits := WaitsForUI(tk, &gs[g])
		if !waits {
			return id, activity
		}
		next := slices.IndexFunc(ui, func(u evidence.UIGoroutine) bool { return u.Role == role && u.Goroutine != id })
		if next < 0 || seen[ui[next].Goroutine] {
			return id, activity
		}
		id = ui[next].Goroutine
	}
}
