// Package watching finds out how a project watches files, and what comes of it.
//
// It reads the project's source (load.go, uses.go): which watcher library it uses, what
// it asks it to watch, which events it acts on, how it waits. Then it builds a small
// program (trial/) with the project's own version of the library, which does the same
// in a temporary directory while files are saved in the ways that editors and tools
// have, and counts what is loaded (try.go). The project itself is neither run nor
// touched. It judges nothing: the rules do. Start at [Run].
package watching

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Options say what to examine.
type Options struct {
	Dir string // in the project's module
	// Progress is told how far it is: the key of a sentence, and of how many things how
	// many are done (0: not counted). It may be nil.
	Progress func(stage string, done, all int)

	only  []string // cases, for tests that need no others
	brief bool     // fewer saves, for tests
}

// Result is what was found out.
type Result struct {
	Target   evidence.Target
	Watching evidence.Watching
	Probe    report.Probe
	Limits   []report.Limit
}

// Run examines a project. It takes a minute at most, and leaves nothing behind. The
// error is a *report.Failure when there is nothing to examine, or the context's.
func Run(ctx context.Context, o Options) (*Result, error) {
	begun := time.Now()
	step := o.Progress
	if step == nil {
		step = func(string, int, int) {}
	}
	step("reload-check.stage.read", 0, 0)
	p, err := load(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	r := &Result{Target: evidence.Target{Kind: evidence.KindSource, Name: p.module, MainModule: p.module, Go: p.version}}
	r.Watching.Uses = index(p).uses()
	if len(r.Watching.Uses) == 0 {
		return nil, p.nothing()
	}
	for _, g := range p.own {
		if g.fault != "" {
			r.limit(text.T("limit.reload-check.types.why", g.PkgPath, g.fault), text.T("limit.reload-check.types.help"))
		}
	}
	if at := p.ownInotify(); at != "" {
		r.limit(text.T("limit.reload-check.inotify.why", at), text.T("limit.reload-check.inotify.help"))
	}
	if err := r.tryAll(ctx, p, o, step); err != nil {
		return nil, err
	}
	for i := range r.Watching.Uses {
		r.limitsOf(&r.Watching.Uses[i])
	}
	r.Watching.Took = time.Since(begun)
	r.Probe = report.Probe{Name: "reload-check", TookMS: float64(r.Watching.Took.Microseconds()) / 1000}
	return r, nil
}

func (r *Result) limit(why, help text.Text) {
	r.Limits = append(r.Limits, report.Limit{Probe: "reload-check", Why: why, Help: help})
}

// tryAll makes the trials of each use.
func (r *Result) tryAll(ctx context.Context, p *program, o Options, step func(string, int, int)) (err error) {
	ctx, cancel := context.WithTimeout(ctx, longestTry)
	defer cancel()
	work, err := os.MkdirTemp("", "gomedic-reload-check-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	for i := range r.Watching.Uses {
		u := &r.Watching.Uses[i]
		step("reload-check.stage.build", 0, 0)
		at := filepath.Join(work, strings.ReplaceAll(u.Library, "/", "-"))
		files := filepath.Join(at, "files")
		if err := os.MkdirAll(files, 0o755); err != nil {
			return err
		}
		exe, err := build(ctx, p.root, u, at)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if err == nil {
			err = try(ctx, exe, work, files, u, o, func(done, all int) { step("reload-check.stage.try", done, all) })
		} else {
			u.Broken, err = "time", nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// limitsOf says what was assumed of a use, and what could not be tried.
func (r *Result) limitsOf(u *evidence.WatchUse) {
	for _, a := range u.Assumed {
		r.limit(text.T("limit.reload-check."+a+".why", u.Path), text.T("limit.reload-check."+a+".help"))
	}
	switch u.Broken {
	case "":
	case "time":
		r.limit(text.T("limit.reload-check.time.why", u.Path), text.T("limit.reload-check.time.help"))
	default:
		r.limit(text.T("limit.reload-check.broken.why", u.Path, u.Broken), text.T("limit.reload-check.time.help"))
	}
}

// nothing says that the project watches no files, or by other means.
func (p *program) nothing() error {
	if at := p.ownInotify(); at != "" {
		return report.Fail(nil, text.T("error.reload-check-inotify", at), text.T("hint.reload-check-inotify"))
	}
	if len(p.own) > 0 {
		return report.Fail(nil, text.T("error.reload-check-no-add", p.own[0].PkgPath), text.T("hint.reload-check-none"))
	}
	for _, path := range sortedKeys(p.libs) {
		return report.Fail(nil, text.T("error.reload-check-indirect", path), text.T("hint.reload-check-none"))
	}
	return report.Fail(nil, text.T("error.reload-check-none", p.module), text.T("hint.reload-check-none"))
}

// ownInotify is the package of the project that calls inotify itself; empty: none.
func (p *program) ownInotify() string {
	for _, path := range sortedKeys(p.byPath) {
		g := p.byPath[path]
		own := g.Module != nil && (g.Module.Main || g.Module.Replace != nil && g.Module.Replace.Version == "")
		if !own || p.libs[path] != nil {
			continue
		}
		if !slices.ContainsFunc(sortedKeys(g.Imports), func(i string) bool { return i == "syscall" || strings.HasSuffix(i, "golang.org/x/sys/unix") }) {
			continue
		}
		for _, file := range g.GoFiles {
			b, err := os.ReadFile(file)
			if err == nil && strings.Contains(string(b), ".InotifyAddWatch(") {
				return path
			}
		}
	}
	return ""
}
