package dev

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/reload/build"
	"github.com/gomedic/gomedic/internal/reload/classify"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/reload"
)

// change does what a save asks for.
func (s *session) change(ctx context.Context, files map[string][]byte, began time.Time) {
	s.withoutOwn(files)
	if len(files) == 0 {
		return
	}
	s.lookNoMore()
	c := &Chain{Schema: Schema, N: s.number(), At: time.Now(), began: began}
	c.add(reload.StageWatch, time.Since(began))
	defer func() {
		s.took(c)
		c.end()
		if ctx.Err() != nil {
			return
		}
		broken := s.broken
		s.broken = c.Outcome == Failed
		s.over(ctx, c, broken)
		s.tell(c)
	}()
	s.saves(files, began)
	for all := map[string][]byte{}; ; {
		maps.Copy(all, files)
		c.Files = s.relative(all)
		s.take(ctx, c, files, began)
		files = s.related.more
		anew := s.related.anew
		s.related.more, s.related.anew = nil, false
		if !anew || ctx.Err() != nil {
			maps.Copy(s.waiting, files)
			return
		}
		c.again() // all of it, as one change
	}
}

// withoutOwn leaves out what the build itself changed.
func (s *session) withoutOwn(files map[string][]byte) {
	for path, b := range files {
		if known, ok := s.modules[path]; ok && b != nil && bytes.Equal(b, known) {
			delete(files, path)
		}
	}
}

// take takes the change of files in, as far as it can be.
func (s *session) take(ctx context.Context, c *Chain, files map[string][]byte, began time.Time) {
	if !s.runs() { // it crashed, or could not be started: a change may mend it
		c.Action = classify.Restart.String()
		s.restart(ctx, c)
		return
	}
	if !s.knows() || began.Before(s.learntAt) {
		maps.Copy(s.waiting, files) // so that they are known, should it not build
		c.Action = classify.Restart.String()
		c.Changes = append(c.Changes, classify.Change{Kind: classify.Shared, Action: classify.Restart, Reason: text.T("dev.not-ready")})
		s.restart(ctx, c)
		return
	}
	var r *classify.Result
	ok := c.step(reload.StageClassify, func() (*text.Text, string) {
		// What could not be taken in before comes along: this may be the rest of it.
		maps.Copy(s.waiting, files)
		var err error
		if r, err = s.source.Classify(ctx, s.waiting); err != nil {
			return literal(err), ""
		}
		c.Action, c.Changes, c.More = r.Action.String(), r.Changes, r.More
		for _, f := range r.Faults {
			f.File = s.short(f.File)
			c.Faults = append(c.Faults, f)
		}
		for i := range c.Changes {
			c.Changes[i].File = s.short(c.Changes[i].File)
		}
		if len(r.Faults) > 0 {
			f := c.Faults[0]
			why := text.Literal(f.Text)
			return &why, fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		return nil, ""
	})
	switch {
	case !ok:
		s.complete(ctx, c) // the rest of it may mend it
	case r.Action == classify.Skip:
		s.accept(r)
	case r.Action == classify.Restart || s.o.Restarts:
		s.restart(ctx, c)
	default:
		s.swap(ctx, c, r)
	}
}

// over shows over the window what went wrong, and takes it away again.
func (s *session) over(ctx context.Context, c *Chain, was bool) {
	if !s.runs() || !was && c.Outcome != Failed || c.Program != nil {
		return // or the program shows it itself
	}
	if _, _, known := s.p.known(); !known {
		return
	}
	why := ""
	if f := c.Failure(); f != nil && f.Why != nil {
		why = strings.TrimPrefix(f.Where+": ", ": ") + f.Why.In(text.English)
	}
	_, _ = s.p.ask(ctx, reload.Request{Do: "error", Text: why}, savesWithin) // an old version does not know it
}

func (s *session) runs() bool {
	if s.p == nil {
		return false
	}
	select {
	case <-s.p.exited:
		return false
	default:
		return true
	}
}

// refused: the code could not be loaded at all. A panic of its own, or a component that
// is registered twice, is no such reason: it would be the same again.
func refused(r *reload.Record) bool {
	return len(r.Stages) > 0 && r.Stages[0].Name == reload.StageLoad && r.Stages[0].Outcome == reload.Failed && strings.HasPrefix(r.Stages[0].Why, "plugin.Open")
}

// accept makes what was classified what the program runs.
func (s *session) accept(r *classify.Result) {
	s.source.Accept(r)
	clear(s.waiting)
}

// swap has the program load the changed packages. Where that cannot be it is started
// anew.
func (s *session) swap(ctx context.Context, c *Chain, r *classify.Result) {
	reason := s.why
	if plugins, why := s.p.takes(); reason.IsZero() && !plugins {
		reason = s.noPlugins(why)
		if why == "" {
			reason = text.T("dev.no-part")
		}
	}
	var b *build.Builder
	if reason.IsZero() {
		var why *text.Text
		if b, why = s.generations(ctx); why != nil {
			reason = *why
			s.why = reason
		}
	}
	if reason.IsZero() && s.o.Budget > 0 && s.code > s.o.Budget {
		reason = text.T("dev.budget", s.code>>20)
	}
	if !reason.IsZero() {
		c.Action = classify.Restart.String()
		c.Changes = append(c.Changes, classify.Change{Kind: classify.Shared, Action: classify.Restart, Reason: reason})
		s.restart(ctx, c)
		return
	}
	if !s.pause(ctx, reload.StageCompile, c) {
		return
	}
	var g *build.Generation
	failed := func(stage string, err error) {
		c.step(stage, func() (*text.Text, string) { why := s.failed(c, err); return why, placeOf(c) })
		if stage == reload.StageCompile {
			s.complete(ctx, c)
		}
	}
	request := build.Request{Packages: r.Packages, Sources: s.source.Sources(r)}
	for _, path := range components(s.list) {
		request.Exports = append(request.Exports, build.Export{Package: path})
	}
	g, err := b.Build(ctx, request)
	switch link := (*build.LinkError)(nil); {
	case errors.Is(err, build.ErrNoPackages):
		// What changed is of no component: the program as it runs has it.
		c.Action = classify.Restart.String()
		s.restart(ctx, c)
		return
	case errors.As(err, &link):
		failed(reload.StageLink, err)
		return
	case err != nil:
		failed(reload.StageCompile, err)
		return
	}
	for _, stage := range g.Stages {
		c.add(stage.Name, stage.Took)
	}
	c.Package = filepath.Dir(g.Path)
	if s.o.PauseAt != "" {
		c.Functions = functions(ctx, c.Package, g.PluginPath)
	}
	if !s.complete(ctx, c) {
		_ = b.Remove(g)
		return
	}
	if !s.pause(ctx, reload.StageLoad, c) {
		return
	}
	m, err := s.p.ask(ctx, reload.Request{Do: "load", Path: g.Path}, loadsWithin)
	if err == nil && m.Record != nil && g.Short && refused(m.Record) {
		// What only links with all that it needs is linked so.
		request.Full = true
		if full, e := b.Build(ctx, request); e == nil {
			c.program(m.Record)
			c.Outcome = ""
			for _, stage := range full.Stages {
				c.add(stage.Name, stage.Took)
			}
			g = full
			m, err = s.p.ask(ctx, reload.Request{Do: "load", Path: g.Path}, loadsWithin)
		}
	}
	if err != nil {
		failed(reload.StageLoad, err)
		return
	}
	s.code += g.Bytes
	c.CodeBytes = s.code
	if m.Record == nil {
		failed(reload.StageLoad, errLost)
		return
	}
	c.program(m.Record)
	s.shorten(c)
	if c.Outcome != Failed {
		s.accept(r)
		s.replaced(ctx, g)
	}
	if s.o.PauseAt == "" && !s.o.Debug {
		_ = b.Remove(g) // it stays mapped
	}
}

// restart starts the program anew beside the old one, which leaves once the new one
// has drawn.
func (s *session) restart(ctx context.Context, c *Chain) {
	binary, ok := s.built(ctx, c)
	if !s.complete(ctx, c) || !ok {
		return
	}
	old := s.p
	running := s.runs()
	state, env := "", s.o.Env
	var handed []reload.Listener
	var files []*os.File
	if running {
		if _, _, known := old.known(); known {
			state = filepath.Join(s.dir, fmt.Sprintf("state%d", s.starts))
			c.step(StageSave, func() (*text.Text, string) {
				m, err := old.ask(ctx, reload.Request{Do: "save", Path: state}, savesWithin)
				if err != nil {
					state = ""
					return literal(err), ""
				}
				var names string
				if files, names, handed = takeOver(old.cmd.Process.Pid, m.Listeners); names != "" {
					env = append(slices.Clone(env), names)
				}
				for _, a := range m.Left {
					s.o.Say(text.T("dev.not-saved", a.String()))
				}
				return nil, ""
			})
			if c.Outcome == Failed {
				return // its state would be lost
			}
		}
	}
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	// A port can be held by one process only, unless it is handed over.
	ports := []string(nil)
	if running {
		ports = listens(old.cmd.Process.Pid, handed...)
	}
	var at *screen
	if running {
		at = look(old.cmd.Process.Pid)
		defer at.close()
	}
	if len(ports) > 0 {
		s.o.Say(text.T("dev.ports", strings.Join(ports, ", ")))
		old.end()
	}
	if !s.pause(ctx, StageStart, c) {
		return
	}
	var p *program
	ok = c.step(StageStart, func() (*text.Text, string) {
		var err error
		if p, err = start(binary, s.o.Dir, s.o.Args, state, env, files, s.o.Out, s.o.Err, s.unasked); err != nil {
			return literal(err), ""
		}
		return nil, ""
	})
	if !ok {
		return
	}
	ok = c.step(reload.StageFirstFrame, func() (*text.Text, string) { return s.draws(ctx, p, at) })
	if !ok {
		p.end()
		if len(ports) == 0 {
			return // the old one goes on
		}
		s.p = p // has ended: the next change starts it anew
		return
	}
	s.p, s.code = p, 0
	s.live, s.gone, s.remaining = nil, nil, nil
	if running {
		old.end()
	}
	at.place(p.cmd.Process.Pid)
	if old != nil {
		os.RemoveAll(filepath.Dir(old.binary))
	}
	s.learn(ctx)
	s.greet(ctx)
}

// How long a new process may take to draw its first frame, and what stands for it in a
// program that shows no window that can be seen from here.
const (
	drawsWithin = 30 * time.Second
	livesFor    = time.Second
)

// draws waits until the new process has drawn. Its windows are put where those of the
// old one are as soon as they are there.
func (s *session) draws(ctx context.Context, p *program, at *screen) (*text.Text, string) {
	ctx, cancel := context.WithTimeout(ctx, drawsWithin)
	defer cancel()
	window := make(chan struct{})
	if at != nil && len(at.windows) > 0 {
		go func() {
			if shows(ctx, p.cmd.Process.Pid) {
				at.place(p.cmd.Process.Pid)
				close(window)
			}
		}()
	}
	alive := time.After(livesFor)
	if at != nil && len(at.windows) > 0 {
		alive = nil
	}
	for {
		select {
		case <-p.drawn:
			return nil, ""
		case <-window:
			window, alive = nil, time.After(0)
			if _, _, known := p.known(); known {
				alive = nil // it will say when
			}
		case <-alive:
			if _, _, known := p.known(); !known {
				return nil, ""
			}
			alive = nil
		case <-p.exited:
			why := text.T("dev.new-ended", p.ended().Error())
			return &why, ""
		case <-ctx.Done():
			why := text.T("dev.new-blank", int(drawsWithin.Seconds()))
			return &why, ""
		}
	}
}

// known is what the program said of itself; known is false if it has said nothing.
func (p *program) known() (plugins bool, why string, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hello == nil {
		return false, "", false
	}
	return p.hello.Plugins, p.hello.Why, true
}

// failed says why something could not be built, and notes the places.
func (s *session) failed(c *Chain, err error) *text.Text {
	var compile *build.CompileError
	if errors.As(err, &compile) {
		for _, f := range compile.Faults {
			c.Faults = append(c.Faults, classify.Fault{File: s.short(f.File), Line: f.Line, Column: f.Column, Text: f.Text})
		}
	} else {
		faults, more := faultsIn(err.Error(), s.o.Dir)
		for i := range faults {
			faults[i].File = s.short(faults[i].File)
		}
		c.Faults, c.More = append(c.Faults, faults...), c.More+more
	}
	if len(c.Faults) > 0 {
		why := text.Literal(c.Faults[0].Text)
		return &why
	}
	return withHint(err)
}

func placeOf(c *Chain) string {
	if len(c.Faults) == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", c.Faults[0].File, c.Faults[0].Line)
}

// short is a path as a person would write it here.
func (s *session) short(path string) string {
	if rel, err := filepath.Rel(s.o.Dir, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

// shorten makes the places in what the program said those of a person here.
func (s *session) shorten(c *Chain) {
	for i := range c.Steps {
		step := &c.Steps[i]
		file, line, ok := strings.Cut(step.Where, ".go:")
		if ok {
			step.Where = s.short(file+".go") + ":" + line
		}
		if step.Why != nil {
			why := text.Literal(strings.ReplaceAll(step.Why.In(text.English), s.o.Dir+string(filepath.Separator), ""))
			if why.In(text.English) != step.Why.In(text.English) {
				step.Why = &why
			}
		}
	}
}

func (s *session) relative(files map[string][]byte) (out []string) {
	for path := range files {
		out = append(out, s.short(path))
	}
	slices.Sort(out)
	return out
}
