package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gomedic/gomedic/internal/reload/build"
	"github.com/gomedic/gomedic/internal/reload/classify"
	"github.com/gomedic/gomedic/internal/reload/listing"
	"github.com/gomedic/gomedic/internal/text"
	"github.com/gomedic/gomedic/reload"
	"github.com/gomedic/gomedic/reload/watch"
)

// Options say what is run, and who is told.
type Options struct {
	Dir    string   // of the module; "": where gomedic was started
	Main   string   // the program's package; "": "."
	Args   []string // of the program
	Flags  []string // of go build
	Env    []string // beside gomedic's own
	Linker string   // mold, lld or default; "": the first that is there
	Cache  string   // folder for lists of packages; "": none
	// Debug makes generations that a debugger can stop in, as with delve attached.
	Debug bool
	// Restarts takes no change into the running program, but always starts it anew.
	Restarts bool
	// Budget is how many bytes of code generations may add to the program before it is
	// started anew: a plugin never goes. 0: 512 MiB; below 0: any number.
	Budget int64
	// Grace is how long after a save others are waited for that may belong to it; 0: 400 ms.
	Grace time.Duration
	// PauseAt stops each change before the stage of that name, and waits for Pause.
	PauseAt string
	Pause   func(ctx context.Context, stage string, c *Chain) error

	// Remains looks into the program for objects of types of packages that were
	// replaced; nil: nobody looks.
	Remains func(ctx context.Context, pid int, packages []string) ([]Remain, error)
	// LooksAfter is how long after the last change that is done; 0: 80 s.
	LooksAfter time.Duration

	Out, Err io.Writer // of the program
	// Chain is told of each change, Say of everything else, Stage of long work.
	Chain func(*Chain)
	Say   func(text.Text)
	Stage func(key string, done, all int)
}

// RegisterPath is the package by which a program takes part.
const reloadPath = "github.com/gomedic/gomedic/reload"

const defaultBudget = 512 << 20

// session is one run of gomedic dev.
type session struct {
	o       Options
	dir     string // for binaries, states and generations; removed at the end
	starts  int
	list    *listing.List
	source  *classify.Program
	builder *build.Builder
	why     text.Text // why code cannot be loaded, zero if it can

	roots   []string          // of the modules
	waiting map[string][]byte // changed files that could not be taken in so far
	modules map[string][]byte // go.mod and its like, as they were after the last build

	live        map[string]string // by import path: the path that a package has in the generation that runs
	gone        []string          // paths of packages that were replaced
	remaining   map[string]bool   // what was told of these
	stopLooking context.CancelFunc

	w       *watch.Watcher
	related related

	learning     <-chan knowledge
	stopLearning context.CancelFunc
	learntAt     time.Time // what was saved before may be in the source, and not in the program
	p            *program
	n            int
	code         int64 // bytes that generations have added
	told         bool  // that it does not use reload
	broken       bool  // the last save could not be taken in

	mu   sync.Mutex
	last *Chain
}

// Run runs the program until ctx is done, or it ends by itself. An error means that it
// could not be run at all, or how it ended.
func Run(ctx context.Context, o Options) error {
	if o.Budget == 0 {
		o.Budget = defaultBudget
	}
	if o.Grace <= 0 {
		o.Grace = defaultGrace
	}
	if o.LooksAfter <= 0 {
		o.LooksAfter = looksAfter
	}
	if o.Dir == "" {
		o.Dir = "."
	}
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return err
	}
	s := &session{o: o}
	sweep()
	if s.dir, err = tempDir(); err != nil {
		return &TempError{err}
	}
	defer os.RemoveAll(s.dir)
	return s.run(ctx)
}

func (s *session) run(ctx context.Context) error {
	var err error
	if s.roots, err = s.modulesOf(ctx); err != nil {
		return err
	}
	w, err := watch.New(watch.Options{Dirs: s.roots})
	if err != nil {
		return err
	}
	defer w.Close()
	s.w = w
	defer s.forget()
	defer s.lookNoMore()
	defer func() {
		if s.p != nil {
			s.p.end()
		}
	}()
	for !s.begin(ctx) { // it does not build: a change may mend that
		if err := ctx.Err(); err != nil {
			return nil
		}
		s.o.Say(text.T("dev.waits"))
		if err := s.next(ctx, w, nil); err != nil {
			return err
		}
	}
	for {
		if err := s.next(ctx, w, func(files map[string][]byte, began time.Time) { s.change(ctx, files, began) }); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// next waits for a change, and hands all that has come to f. Before that the program
// may end: then so does the session, or, where it crashed, it waits for a change.
func (s *session) next(ctx context.Context, w *watch.Watcher, f func(files map[string][]byte, began time.Time)) error {
	var exited chan struct{}
	if s.p != nil {
		exited = s.p.exited
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-exited:
			if s.p.exit == nil { // its window was closed
				s.o.Say(text.T("dev.ended"))
				return errEnded
			}
			s.o.Say(text.T("dev.crashed", s.p.ended().Error()))
			exited = nil
		case c, ok := <-w.Changes():
			if !ok {
				return s.blind(ctx, w.Err())
			}
			files, began := s.gather(c)
			if f != nil {
				f(files, began)
			}
			return nil
		}
	}
}

// gather is a change and all that has come beside it: contents by path, nil for what was
// removed, and when the last was saved.
func (s *session) gather(c watch.Change) (files map[string][]byte, began time.Time) {
	files = map[string][]byte{}
	for {
		for _, file := range slices.Concat(c.Added, c.Changed) {
			files[file.Path] = file.Data
			if st, err := os.Stat(file.Path); err == nil && st.ModTime().After(began) && !st.ModTime().After(c.At) {
				began = st.ModTime()
			}
		}
		for _, file := range c.Removed {
			files[file.Path] = nil
		}
		select {
		case more, ok := <-s.w.Changes():
			if ok {
				c = more
				continue
			}
		default:
		}
		break
	}
	if c.At.Sub(began) > time.Second || began.IsZero() { // moved here, or an old file was copied
		began = c.At.Add(-movedWithin)
	}
	return files, began
}

// movedWithin is how long ago a file may have been moved that is told now.
const movedWithin = 50 * time.Millisecond

// errEnded: the program ended by itself, and well.
var errEnded = errors.New("the program has ended")

// Ended reports whether Run returned because the program ended by itself, without an
// error.
func Ended(err error) bool { return errors.Is(err, errEnded) }

// begin builds and starts the program for the first time, or after it could not be
// built. It reports whether it runs.
func (s *session) begin(ctx context.Context) bool {
	c := &Chain{Schema: Schema, N: s.number(), At: time.Now(), Files: []string{}, Action: "start", began: time.Now()}
	ok := s.prepare(ctx, c)
	c.end()
	if ctx.Err() == nil {
		s.tell(c)
	}
	if ok {
		s.greet(ctx)
	}
	return ok
}

// prepare builds and starts.
func (s *session) prepare(ctx context.Context, c *Chain) bool {
	binary, ok := s.built(ctx, c)
	if !ok {
		return false
	}
	ok = c.step(StageStart, func() (*text.Text, string) {
		p, err := start(binary, s.o.Dir, s.o.Args, "", s.o.Env, nil, s.o.Out, s.o.Err, s.unasked)
		if err != nil {
			return literal(err), ""
		}
		s.p = p
		return nil, ""
	})
	if ok {
		s.learn(ctx)
	}
	return ok
}

// flags are the user's, and the tag that makes the program load plugins.
func (s *session) flags() []string {
	const tag = "gomedic_reload"
	out := slices.Clone(s.o.Flags)
	for i, f := range out {
		name := strings.TrimLeft(f, "-")
		if rest, ok := strings.CutPrefix(name, "tags="); ok {
			out[i] = "-tags=" + rest + "," + tag
			return out
		}
		if name == "tags" && i+1 < len(out) {
			out[i+1] += "," + tag
			return out
		}
	}
	return append(out, "-tags="+tag)
}

// built builds the program as a whole, and what builds its generations.
func (s *session) built(ctx context.Context, c *Chain) (binary string, ok bool) {
	if !s.pause(ctx, StageBuild, c) {
		return "", false
	}
	s.starts++
	binary = filepath.Join(s.dir, fmt.Sprintf("app%d", s.starts), s.name())
	ok = c.step(StageBuild, func() (*text.Text, string) {
		s.stage("dev.stage.build", 0, 0)
		if err := os.MkdirAll(filepath.Dir(binary), 0o755); err != nil {
			return literal(err), ""
		}
		args := append([]string{"build", "-o", binary}, s.flags()...)
		main := s.o.Main
		if main == "" {
			main = "."
		}
		if _, err := goCommand(ctx, s.o, append(args, main)...); err != nil {
			why := s.failed(c, err)
			where := ""
			if len(c.Faults) > 0 {
				where = fmt.Sprintf("%s:%d", c.Faults[0].File, c.Faults[0].Line)
			}
			return why, where
		}
		return nil, ""
	})
	s.modules = s.moduleFiles()
	return binary, ok
}

// moduleFiles are the files of the modules that the go command itself may change.
func (s *session) moduleFiles() map[string][]byte {
	all := map[string][]byte{}
	for _, dir := range s.roots {
		for _, name := range []string{"go.mod", "go.sum", "go.work", "go.work.sum"} {
			path := filepath.Join(dir, name)
			if b, err := os.ReadFile(path); err == nil {
				all[path] = b
			}
		}
	}
	return all
}

func (s *session) name() string {
	name := filepath.Base(s.o.Dir)
	if s.o.Main != "" && s.o.Main != "." {
		name = filepath.Base(strings.TrimSuffix(s.o.Main, ".go"))
	}
	return name
}

// generations makes the builder that fits the running program; it is made when it is
// needed first.
func (s *session) generations(ctx context.Context) (*build.Builder, *text.Text) {
	if s.builder != nil {
		return s.builder, nil
	}
	b, err := build.New(ctx, build.Options{List: s.list, Host: s.p.binary, Dir: filepath.Join(s.dir, fmt.Sprintf("gen%d", s.starts)), Linker: s.o.Linker, Debug: s.o.Debug})
	if err != nil {
		return nil, explained(err)
	}
	s.o.Say(b.LinkerText())
	s.builder = b
	return b, nil
}

// greet says, once it is known, whether the program takes part.
func (s *session) greet(ctx context.Context) {
	p := s.p
	go func() {
		select {
		case <-p.greeted:
			if plugins, why := p.takes(); !plugins {
				s.o.Say(s.noPlugins(why))
			}
		case <-p.exited:
		case <-ctx.Done():
		case <-time.After(knownAfter):
			s.mu.Lock()
			told := s.told
			s.told = true
			s.mu.Unlock()
			if !told {
				s.o.Say(text.T("dev.gain"))
			}
		}
	}()
}

// knownAfter is when a program that takes part has said so.
const knownAfter = 5 * time.Second

// unasked is told what the program reports by itself: a panic later on, leftovers.
func (s *session) unasked(r *reload.Record) {
	if slices.ContainsFunc(r.Stages, func(st reload.Stage) bool { return st.Name == reload.StageLoad }) {
		return // it comes as an answer, too
	}
	c := &Chain{Schema: Schema, N: s.number(), At: time.Now(), Files: []string{}, began: time.Now(), Action: "report"}
	c.program(r)
	c.end()
	s.tell(c)
}

func (s *session) number() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	return s.n
}

func (s *session) tell(c *Chain) {
	s.mu.Lock()
	s.last = c
	s.mu.Unlock()
	s.o.Chain(c)
}

func (s *session) stage(key string, done, all int) {
	if s.o.Stage != nil {
		s.o.Stage(key, done, all)
	}
}

// pause waits before a stage, if that was asked for. It reports whether to go on.
func (s *session) pause(ctx context.Context, stage string, c *Chain) bool {
	if s.o.PauseAt != stage || s.o.Pause == nil {
		return true
	}
	if s.source != nil {
		c.Diff = s.differences()
	}
	if err := s.o.Pause(ctx, stage, c); err != nil {
		c.step(stage, func() (*text.Text, string) { return literal(err), "" })
		return false
	}
	return true
}

// explained is what an error of the builder means, and what to do.
func explained(err error) *text.Text {
	what, do := build.Explain(err)
	switch {
	case what.IsZero():
		return literal(err)
	case do.IsZero():
		return &what
	}
	t := text.T("dev.both", what, do)
	return &t
}

func literal(err error) *text.Text {
	t := text.Literal(strings.TrimSpace(err.Error()))
	return &t
}
