package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// fillNetwork names the other end of the connection where it is known.
func (c *theCase) fillNetwork(f *report.Finding, v view) {
	if through(v.frames, "net.(*Resolver)", "net.cgoLookup", "net._C2func_getaddrinfo", "net.doBlockingWithCtx") {
		f.Why = append(f.Why, text.T("why.dns"))
		c.networkRemedies(f, v, ".dns", "", false)
		return
	}
	if s, proven := c.socketOf(v.g); s != nil && s.Remote != "" {
		f.Why = append(f.Why, text.T("why.remote", s.Remote, s.Kind))
		c.networkRemedies(f, v, ".remote", s.Remote, proven)
		return
	}
	c.networkRemedies(f, v, "", "", false)
}

// networkRemedies: only a connection that certainly is the one may be closed.
func (c *theCase) networkRemedies(f *report.Finding, v view, variant, remote string, certain bool) {
	args := []any{f.Where.Function}
	if variant == ".remote" {
		args = append(args, remote)
	}
	f.Title = text.T(id(f)+".title"+variant, args...)
	now := []text.Text{text.T(id(f) + ".now")}
	if remote != "" {
		now = []text.Text{text.T(id(f)+".now.remote", remote)}
		if c.t.PID != 0 && certain {
			now = append(now, text.T(id(f)+".now.close", c.t.PID, remote))
		}
	}
	f.Remedy = c.remedies(f.ID, now, []text.Text{text.T(id(f) + ".change1"), c.async(f.Where.Function)})
	c.stackReason(f, v)
}

// socketOf is the connection that a goroutine waits on: its own, or that of a
// goroutine of the library that it has handed its request to. proven says that the
// library's goroutine is the one that it waits for; else it is the only one of
// that library.
func (c *theCase) socketOf(g *evidence.Goroutine) (s *evidence.Socket, proven bool) {
	var other *evidence.Socket
	remotes := map[string]bool{}
	for i := range c.f.Sockets {
		s := &c.f.Sockets[i]
		if s.Goroutine == g.ID {
			return s, true
		}
		owner := c.byID[s.Goroutine]
		if s.Remote == "" || owner == nil || !sameLibrary(g, owner) {
			continue
		}
		if slices.ContainsFunc(c.holds[g.ID], func(h evidence.Hold) bool { return h.Holder == s.Goroutine && h.Confidence >= 0.5 }) {
			return s, true
		}
		remotes[s.Remote] = true
		other = s
	}
	if len(remotes) == 1 {
		return other, false
	}
	return nil, false
}

// sameLibrary: what g calls, below the user's code, has code of a package that
// owner's goroutine consists of: net/http's request and its connection, say.
func sameLibrary(g, owner *evidence.Goroutine) bool {
	common := func(pkg string) bool {
		return pkg == "runtime" || pkg == "sync" || pkg == "net" || pkg == "context" || pkg == "io"
	}
	for _, f := range below(g.Frames) {
		if f.Origin != evidence.OriginStd && f.Origin != evidence.OriginDependency || common(f.Package) ||
			strings.HasPrefix(f.Package, "internal/") || f.Package == databaseSQL {
			continue
		}
		if slices.ContainsFunc(owner.Frames, func(o evidence.Frame) bool { return o.Package == f.Package }) {
			return true
		}
	}
	return false
}

// through reports whether the goroutine stands below one of the functions.
func through(frames []evidence.Frame, prefixes ...string) bool {
	for _, f := range below(frames) {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(f.Function, p) }) {
			return true
		}
	}
	return false
}

// stackReason says which call has not come back.
func (c *theCase) stackReason(f *report.Finding, v view) {
	if call := callee(v.frames); call != "" {
		f.Why = append(f.Why, text.T("why.stack", f.Where.Function, at(f.Where), call))
	}
}

// fillDisk tells a lock and an fsync from other file calls, and names the file.
func (c *theCase) fillDisk(f *report.Finding, v view) {
	variant, change := "", id(f)+".change"
	args := []any{f.Where.Function}
	leaf := ""
	for _, fr := range below(v.frames) {
		leaf += strings.ToLower(fr.Function[strings.LastIndexByte(fr.Function, '.')+1:]) + " "
	}
	call := ""
	if th := c.thread[v.g.Thread]; th != nil {
		call = th.Syscall
	}
	switch {
	case strings.Contains(leaf, "flock") || call == "flock" || strings.Contains(leaf, "fcntl"):
		variant, change = ".lock", change+".lock"
	case strings.Contains(leaf, "fsync") || strings.Contains(leaf, "fdatasync") || call == "fsync" || call == "fdatasync":
		variant, change = ".fsync", change+".fsync"
	}
	now := text.T(id(f) + ".now")
	if s, _ := c.socketOf(v.g); s != nil && s.Goroutine == v.g.ID && s.Local != "" {
		f.Why = append(f.Why, text.T("why.file", s.Local))
		now = text.T(id(f)+".now.file", s.Local)
		if variant == "" {
			variant, args = ".file", append(args, s.Local)
		}
	}
	f.Title = text.T(id(f)+".title"+variant, args...)
	f.Remedy = c.remedies(f.ID, []text.Text{now}, []text.Text{text.T(change), c.async(f.Where.Function)})
	c.stackReason(f, v)
	c.whySyscall(f, v)
}

// fillProcess names the child.
func (c *theCase) fillProcess(f *report.Finding, v view) {
	f.Title = text.T(id(f)+".title", f.Where.Function)
	now := text.T(id(f) + ".now")
	if n := len(c.f.Children); n > 0 {
		p := c.f.Children[n-1]
		pipe, _ := c.socketOf(v.g)
		for _, s := range c.f.Children {
			if pipe != nil && pipe.Goroutine == v.g.ID && pipe.Peer == s.PID || v.g.WaitsOn != nil && slices.ContainsFunc(v.g.WaitsOn, func(o evidence.Object) bool {
				return o.Kind == "process" && o.Note == fmt.Sprint(s.PID)
			}) {
				p = s
			}
		}
		f.Title = text.T(id(f)+".title.child", f.Where.Function, p.Name, p.PID)
		f.Why = append(f.Why, text.T("why.child", p.PID, p.Name, p.State))
		now = text.T(id(f)+".now.child", p.PID, p.Name)
	}
	f.Remedy = c.remedies(f.ID, []text.Text{now}, []text.Text{text.T(id(f) + ".change"), c.async(f.Where.Function)})
	c.stackReason(f, v)
}

// fillCall explains a call that left Go: C code, a system call, the driver.
func (c *theCase) fillCall(f *report.Finding, v view, s stretch) {
	name := f.Where.Function
	th := c.thread[v.g.Thread]
	switch v.cause {
	case syscalls:
		f.Title = text.T(id(f)+".title", name)
		if th != nil && th.Syscall != "" {
			f.Title = text.T(id(f)+".title.call", name, th.Syscall)
		}
		c.whySyscall(f, v)
		f.Remedy = c.remedies(f.ID, c.nowPID(id(f)+".now", v.g.Thread), []text.Text{text.T(id(f)+".change", name)})
	case driver:
		call, _ := toolkit.IsDriver(v.frames)
		f.Title = text.T(id(f)+".title", name)
		if call != "" {
			f.Title = text.T(id(f)+".title.call", name, shortCall(call))
			f.Why = append(f.Why, text.T("why.driver", shortCall(call)))
		}
		if s.oneWait {
			f.Why = append(f.Why, text.T("why.cgo.same"))
		}
		f.Remedy = c.remedies(f.ID, []text.Text{text.T(id(f) + ".now")}, []text.Text{text.T(id(f)+".change", name)})
	default:
		call := cFunction(v.frames)
		if th != nil && len(th.C) > 0 && call == "" {
			call = th.C[0].Function
		}
		f.Title = text.T(id(f)+".title", name)
		if call != "" {
			f.Title = text.T(id(f)+".title.call", name, call)
			f.Why = append(f.Why, text.T("why.cgo", call, text.Duration(time.Duration(f.SinceMS)*time.Millisecond)))
		}
		if s.oneWait {
			f.Why = append(f.Why, text.T("why.cgo.same"))
		}
		c.whySyscall(f, v)
		f.Remedy = c.remedies(f.ID, c.nowPID(id(f)+".now"), []text.Text{text.T(id(f)+".change", name), c.async(name)})
	}
	c.stackReason(f, v)
}

// cFunction is the name of the C function that Go called: cgo's stub for C.f is
// named _Cfunc_f.
func cFunction(frames []evidence.Frame) string {
	for i := range frames {
		fn := frames[i].Function
		for _, mark := range []string{"._Cfunc_", "._C2func_"} {
			if at := strings.Index(fn, mark); at >= 0 {
				return fn[at+len(mark):]
			}
		}
		if frames[i].Origin == evidence.OriginUser {
			break
		}
	}
	return ""
}

func (c *theCase) whySyscall(f *report.Finding, v view) {
	if th := c.thread[v.g.Thread]; th != nil && th.Syscall != "" && th.State != "R" {
		f.Why = append(f.Why, text.T("why.thread.state", th.TID, th.State, th.Syscall))
	}
}

// fillBusy explains code that computes.
func (c *theCase) fillBusy(f *report.Finding, v view, s stretch) {
	name := f.Where.Function
	if th := c.thread[v.g.Thread]; th != nil && c.f.Took > 0 {
		f.Why = append(f.Why, text.T("why.cpu", text.Percent(min(1, float64(th.Ran)/float64(c.f.Took)))))
	}
	switch v.cause {
	case layouts:
		call := c.layoutCall(v.frames)
		f.Title = text.T(id(f)+".title", name)
		if call != "" {
			f.Title = text.T(id(f)+".title.call", name, shortCall(call))
			f.Why = append(f.Why, text.T("why.toolkit", call, text.Percent(v.share[layouts])))
		}
		f.Remedy = c.remedies(f.ID, []text.Text{text.T(id(f) + ".now")}, []text.Text{text.T(id(f)+".change", name)})
	case allocates:
		f.Title = text.T(id(f)+".title", name)
		f.Why = append(f.Why, text.T("why.assist", text.Percent(c.assistShare(s))))
		f.Remedy = c.remedies(f.ID, []text.Text{text.T(id(f) + ".now")}, []text.Text{text.T(id(f)+".change", name), c.async(name)})
	default:
		f.Title = text.T(id(f)+".title", name)
		share := c.functionShare(s, name)
		if share > 0 && share < 1 {
			f.Title = text.T(id(f)+".title.share", name, text.Percent(share))
		}
		f.Why = append(f.Why, text.T("why.function", name, text.Percent(share)))
		f.Remedy = c.remedies(f.ID, []text.Text{text.T(id(f) + ".now")}, []text.Text{c.async(name), text.T(id(f)+".change.steps", name)})
	}
}

// layoutCall is the toolkit's function that the user's code called.
func (c *theCase) layoutCall(frames []evidence.Frame) string {
	for i := toolkit.UserFrame(frames) - 1; i >= 0; i-- {
		if frames[i].Origin == evidence.OriginToolkit || frames[i].Package == "image" || strings.HasPrefix(frames[i].Package, "image/") {
			return frames[i].Function
		}
	}
	return ""
}

func (c *theCase) functionShare(s stretch, function string) float64 {
	n := 0
	for _, p := range s.points {
		if p.Stack >= 0 && p.Stack < len(c.f.Stacks) {
			if i := toolkit.UserFrame(c.f.Stacks[p.Stack]); i >= 0 && c.f.Stacks[p.Stack][i].Function == function {
				n++
			}
		}
	}
	return float64(n) / float64(max(len(s.points), 1))
}

func (c *theCase) assistShare(s stretch) float64 {
	n := 0
	for _, p := range s.points {
		if p.Stack >= 0 && p.Stack < len(c.f.Stacks) &&
			causeOf(c.tk, p.Status, p.WaitReason, c.f.Stacks[p.Stack]) == allocates {
			n++
		}
	}
	return float64(n) / float64(max(len(s.points), 1))
}

// fillStarved says who takes the CPU.
func (c *theCase) fillStarved(f *report.Finding, v view) {
	f.ID = string(starves)
	sc := &c.f.Sched
	f.Title = text.T(id(f) + ".title")
	switch {
	case v.unrun > 0:
		f.Why = append(f.Why, text.T("why.runnable.holder", text.Percent(v.unrun)))
	case v.share[starves] > 0:
		f.Why = append(f.Why, text.T("why.runnable", text.Percent(v.share[starves])))
	}
	if th := c.thread[v.g.Thread]; th != nil && th.Delayed > 0 {
		f.Why = append(f.Why, text.T("why.delayed", text.Duration(th.Delayed), text.Duration(c.f.Took)))
	}
	if sc.Runnable > 0 {
		f.Why = append(f.Why, text.T("why.runqueue", fmt.Sprint(sc.Runnable)))
	}
	var now, change []text.Text
	hog, n := c.hog(v.g.ID)
	switch {
	case sc.Quota > 0 && sc.Throttled >= c.f.Took/4:
		f.Title = text.T(id(f)+".title.quota", fmt.Sprintf("%.2g", sc.Quota))
		f.Why = append(f.Why, text.T("why.throttled", text.Duration(sc.Throttled), text.Duration(c.f.Took)))
		now = append(now, text.T(id(f)+".now.quota"))
		change = append(change, text.T(id(f)+".change.quota"))
	case hog != nil:
		f.Blocker = hog
		f.Title = text.T(id(f)+".title.goroutines", hog.Function)
		f.Why = append(f.Why, text.T("why.hogs", n, hog.Function))
		now = append(now, text.T(id(f)+".now"))
		change = append(change, text.T(id(f)+".change.goroutines", hog.Function))
	case sc.OthersCPU > 0.5*float64(max(sc.CPUs, 1)):
		f.Title = text.T(id(f)+".title.others", fmt.Sprintf("%.1f", sc.OthersCPU))
		f.Why = append(f.Why, text.T("why.others", fmt.Sprintf("%.1f", sc.OthersCPU), sc.CPUs))
		now = append(now, text.T(id(f)+".now.others"))
	}
	if sc.GOMAXPROCS > 0 && sc.CPUs > 0 && sc.GOMAXPROCS < sc.CPUs {
		f.Why = append(f.Why, text.T("why.gomaxprocs", sc.GOMAXPROCS, sc.CPUs))
		change = append(change, text.T(id(f)+".change.gomaxprocs"))
	}
	if len(now) == 0 {
		now = append(now, text.T(id(f)+".now"))
	}
	f.Remedy = c.remedies(f.ID, now, change)
}

// hog is the user's function that most runnable or running goroutines stand in.
func (c *theCase) hog(ui uint64) (*report.Place, int) {
	counts := map[string]int{}
	var best *report.Place
	for i := range c.f.Goroutines {
		g := &c.f.Goroutines[i]
		if g.ID == ui || c.ui[g.ID] != nil || g.System ||
			g.Status != evidence.StatusRunning && g.Status != evidence.StatusRunnable && g.Status != evidence.StatusPreempted {
			continue
		}
		p := userPlace(c.t, g)
		counts[p.Function]++
		if best == nil || counts[p.Function] > counts[best.Function] {
			best = p
		}
	}
	if best == nil {
		return nil, 0
	}
	return best, counts[best.Function]
}
