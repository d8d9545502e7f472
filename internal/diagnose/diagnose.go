// Package diagnose holds the rules: pure functions from evidence to findings,
// one file for each family. The same evidence always gives the same findings,
// so a bundle that is opened years later tells what was told that night.
//
// A rule never reads a target, a clock or a file, and it follows from how the
// runtime and the toolkits work, not from any program's names. Start at
// [Findings], then freeze.go, frames.go, leak.go,, assets.go,
// native.go reload.go and gpu.go.
package diagnose

import (
	"path"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// Findings runs the rules of every family for which there is evidence.
func Findings(ev *evidence.Evidence) []report.Finding {
	var out []report.Finding
	if ev.Freeze != nil {
		out = append(out, Freeze(ev)...)
	}
	if ev.Frames != nil {
		out = Frames(ev, out)
	}
	out = GPUCalls(ev, out)
	out = append(out, Leaks(ev)...)
	out = append(out, Native(ev)...)
	out = append(out, Plugins(ev)...)
	out = append(out, Watching(ev)...)
	out = append(out, WasmFile(ev)...)
	out = append(out, Pages(ev)...)
	out = append(out, GPU(ev)...)
	proposeSafe(ev, out)
	out = append(out, Assets(ev)...)
	r := report.Report{Findings: out}
	r.Sort()
	return r.Findings
}

// place makes a Place of a frame.
func place(t *evidence.Target, f *evidence.Frame, g *evidence.Goroutine) *report.Place {
	p := &report.Place{Function: f.Function, File: shortFile(t, f), Line: f.Line, Path: f.File}
	if g != nil {
		p.Goroutine, p.State = g.ID, state(g)
	}
	return p
}

// state is what a goroutine does, in the runtime's words.
func state(g *evidence.Goroutine) string {
	if g.WaitReason != "" {
		return g.WaitReason
	}
	return g.Status
}

// shortFile is the file's path within the main module where the package tells
// it, else its base name.
func shortFile(t *evidence.Target, f *evidence.Frame) string {
	base := path.Base(strings.ReplaceAll(f.File, `\`, "/"))
	if f.File == "" {
		return ""
	}
	if t.MainModule == "" {
		return base
	}
	// With -trimpath the file begins with the module's path. Otherwise its folder
	// ends like the package, unless the function was inlined from another.
	if rel, ok := strings.CutPrefix(f.File, t.MainModule+"/"); ok {
		return rel
	}
	if rel, ok := strings.CutPrefix(f.Package, t.MainModule+"/"); ok {
		if strings.HasSuffix(path.Dir(f.File), "/"+rel) {
			return rel + "/" + base
		}
		if dir := sourceFolder(f.File, rel); dir != "" {
			return dir + "/" + base
		}
		return base
	}
	return base
}

// sourceFolder is the folder of a file within the main module, where another
// folder of it is near: rel, to which the function's package belongs.
func sourceFolder(file, rel string) string {
	top, _, _ := strings.Cut(rel, "/")
	dir := path.Dir(file)
	if i := strings.LastIndex(dir, "/"+top+"/"); i >= 0 {
		return dir[i+1:]
	}
	return ""
}

// userPlace is the place that a finding about g names: the user's own frame
// nearest to the trouble.
func userPlace(t *evidence.Target, g *evidence.Goroutine) *report.Place {
	return placeOf(t, g, g.Frames)
}

func placeOf(t *evidence.Target, g *evidence.Goroutine, frames []evidence.Frame) *report.Place {
	if i := toolkit.UserFrame(frames); i >= 0 {
		return place(t, &frames[i], g)
	}
	// A goroutine without user code: where the program started it.
	if g.Created != nil && g.Created.Origin == evidence.OriginUser {
		return place(t, g.Created, g)
	}
	for i := range frames {
		if frames[i].Origin != evidence.OriginRuntime && frames[i].Origin != evidence.OriginC {
			return place(t, &frames[i], g)
		}
	}
	if len(frames) > 0 {
		return place(t, &frames[0], g)
	}
	return &report.Place{Function: "?", Goroutine: g.ID, State: state(g)}
}
