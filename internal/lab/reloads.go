package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/tools/txtar"
)

// ReloadCase is one case of hot reload, and what came of it.
type ReloadCase struct {
	Program string  `json:"program"` // fyne, gio, ebitengine
	Name    string  `json:"name"`
	Passed  bool    `json:"passed"`
	Why     string  `json:"why,omitempty"`
	Tail    string  `json:"tail,omitempty"`    // the last lines of the program and of gomedic, where it failed
	TookMS  float64 `json:"took_ms,omitempty"` // median, from a save to its end, of those that were taken in

	steps []reloadStep
	line  int
}

type reloadStep struct {
	line int
	args []string
}

// reloadProgram is a program that is run by gomedic dev, with its cases: a file of
// lab/reload. Its comment has the cases, its files are the program.
type reloadProgram struct {
	name    string
	flags   []string // of gomedic dev
	plugins bool     // its cases are of gomedic plugin: see reloadplugin.go
	files   []txtar.File
	cases   []*ReloadCase
}

// The steps of a case.
//
//	case NAME            begins a case; the files are as at the start
//	edit FILE OLD NEW…   replaces text in a file
//	write FILE NAME      gives a file the content of another one of the archive
//	save STYLE           how edits are saved from here on: rename (the usual), in-place, pieces, vim, vscode
//	want ACTION OUTCOME  waits for what becomes of an edit: swap ok, restart ok, swap failed …
//	tells TEXT           what becomes of it has that text in its JSON
//	shows TEXT           the program draws TEXT, after the last edit
//	counts               the count that it draws has gone on since the last edit
//	nothing [N]          nothing becomes of an edit within a second, or N
//	report TEXT          the program itself reports something, with TEXT in it
//	many FILE OLD N      N edits one after the other, each replaces OLD by another text
//	torn GAP N WORD FILE…  N times all FILEs are saved, GAP ms between them: see torn
//
// A program draws lines "shows TEXT count N". Before the first case a line "flags" may
// have flags of gomedic dev.
var reloadSteps = map[string]int{"edit": 3, "write": 2, "save": 1, "want": 2, "tells": 1, "shows": 1, "counts": 0, "nothing": 0, "report": 1, "many": 3, "torn": 5,
	"run": 1, "replace": 2, "loads": 1, "finds": 3}

// openSteps have any number of arguments from the least on.
var openSteps = []string{"edit", "nothing", "torn", "run", "loads"}

// readReloads reads the files of lab/reload.
func readReloads(dir string) (all []*reloadProgram, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "reload", "*.txtar"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no *.txtar in %s", filepath.Join(dir, "reload"))
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		p, err := parseReload(strings.TrimSuffix(filepath.Base(path), ".txtar"), b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func parseReload(name string, b []byte) (*reloadProgram, error) {
	a := txtar.Parse(b)
	p := &reloadProgram{name: name, files: a.Files}
	n := 0
	for line := range strings.Lines(string(a.Comment)) {
		n++
		args, err := words(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		switch {
		case len(args) == 0:
		case args[0] == "case" && len(args) == 2:
			p.cases = append(p.cases, &ReloadCase{Program: name, Name: args[1], line: n})
		case len(p.cases) == 0 && args[0] == "flags":
			p.flags = args[1:]
		case len(p.cases) == 0 && args[0] == "plugins":
			p.plugins = true
		case len(p.cases) == 0:
			return nil, fmt.Errorf("line %d: a step before the first case", n)
		default:
			least, known := reloadSteps[args[0]]
			if !known || len(args)-1 < least || args[0] == "edit" && len(args)%2 != 0 || !slices.Contains(openSteps, args[0]) && len(args)-1 != least {
				return nil, fmt.Errorf("line %d: %q is no step", n, strings.TrimSpace(line))
			}
			c := p.cases[len(p.cases)-1]
			c.steps = append(c.steps, reloadStep{n, args})
		}
	}
	return p, nil
}

// words splits a line at spaces; what is in quotes is one word, as Go reads it. A # at
// the beginning is a comment.
func words(line string) (out []string, err error) {
	line = strings.TrimSpace(line)
	for line != "" && line[0] != '#' {
		if line[0] == '"' || line[0] == '`' {
			q, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			s, err := strconv.Unquote(q)
			if err != nil {
				return nil, err
			}
			out, line = append(out, s), strings.TrimSpace(line[len(q):])
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		out, line = append(out, word), strings.TrimSpace(rest)
	}
	return out, nil
}

// Reloads runs the cases of hot reload whose "program/name" matches only: each program
// in a real window, under gomedic dev, which is the executable. told is called with each
// case when it is over.
func Reloads(ctx context.Context, executable, dir, only string, progress io.Writer, told func(*ReloadCase)) ([]*ReloadCase, error) {
	match, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	programs, err := readReloads(dir)
	if err != nil {
		return nil, err
	}
	display, stop, err := (&Runner{}).display(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	var all []*ReloadCase
	for _, p := range programs {
		p.cases = slices.DeleteFunc(p.cases, func(c *ReloadCase) bool { return !match.MatchString(p.name + "/" + c.Name) })
		if len(p.cases) == 0 {
			continue
		}
		if p.plugins {
			if err := p.playPlugins(ctx, executable, told); err != nil {
				return all, fmt.Errorf("%s: %w", p.name, err)
			}
			all = append(all, p.cases...)
			continue
		}
		fmt.Fprintf(progress, "%s: builds it, and what it depends on for plugins\n", p.name)
		if err := p.run(ctx, executable, dir, display, told); err != nil {
			return all, fmt.Errorf("%s: %w", p.name, err)
		}
		all = append(all, p.cases...)
	}
	return all, ctx.Err()
}

// session is gomedic dev with one program.
type reloadSession struct {
	dir   string
	files map[string][]byte // as they are now
	style string
	cmd   *exec.Cmd
	ended chan struct{}

	mu     sync.Mutex
	grown  chan struct{} // closed with each line, and replaced
	chains []reloadChain
	read   int      // chains that were asked for
	lines  []string // of the program, and of gomedic for people
	mark   int      // lines at the last edit
	count  int      // the count at the last edit
	last   reloadChain
}

// reloadChain is what is read of a line of gomedic.reload/v1.
type reloadChain struct {
	Action  string  `json:"action"`
	Outcome string  `json:"outcome"`
	TookMS  float64 `json:"took_ms"`
	Files   []string
	raw     string
}

// reloadWithin is longer than anything takes that goes right.
const reloadWithin = 120 * time.Second

// clockTick is by how much the time of a file may be too early (the kernel's coarse
// clock): a save that seems to be before gomedic was ready starts the program anew.
const clockTick = 50 * time.Millisecond

func (p *reloadProgram) run(ctx context.Context, executable, lab, display string, told func(*ReloadCase)) (err error) {
	tmp, err := os.MkdirTemp("", "gomedic-lab-reload-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	root, err := filepath.Abs(filepath.Dir(lab))
	if err != nil {
		return err
	}
	s := &reloadSession{dir: filepath.Join(tmp, "app"), files: map[string][]byte{}, grown: make(chan struct{}), ended: make(chan struct{})}
	base := map[string][]byte{}
	for _, f := range p.files {
		b := []byte(strings.ReplaceAll(string(f.Data), "$ROOT", root))
		base[f.Name] = b
		if filepath.Dir(f.Name) == "more" { // for write
			continue
		}
		if err := s.write(f.Name, b, ""); err != nil {
			return err
		}
	}
	// What the program needs is known by the modules themselves.
	tidy := exec.CommandContext(ctx, "go", "mod", "tidy")
	tidy.Dir, tidy.Env = s.dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	if out, err := tidy.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod tidy: %s", lastLines(string(out), 3))
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		b, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			return err
		}
		base[name], s.files[name] = b, b
	}
	if err := s.start(ctx, executable, display, p.flags); err != nil {
		return err
	}
	defer s.end()
	if _, err := s.until(ctx, 10*time.Minute, func(c reloadChain) bool { return c.Action == "ready" }); err != nil {
		return fmt.Errorf("it does not get ready: %w\n%s", err, s.tail())
	}
	time.Sleep(clockTick)
	for _, c := range p.cases {
		s.style, s.read = "rename", s.number()
		took := &[]float64{}
		err := s.play(ctx, c, base, took)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.Passed = err == nil
		if err != nil {
			c.Why, c.Tail = err.Error(), s.tail()
		}
		slices.Sort(*took)
		if len(*took) > 0 {
			c.TookMS = (*took)[len(*took)/2]
		}
		told(c)
		if err := s.reset(ctx, base); err != nil {
			return fmt.Errorf("after %s: %w\n%s", c.Name, err, s.tail())
		}
	}
	return nil
}

func (s *reloadSession) start(ctx context.Context, executable, display string, flags []string) error {
	s.cmd = exec.CommandContext(ctx, executable, append(append([]string{"dev", "--json"}, flags...), ".")...)
	s.cmd.Dir = s.dir
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGINT) }
	s.cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=1", "DISPLAY="+display, "LANG=en_US.UTF-8", "LIBGL_ALWAYS_SOFTWARE=1")
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	errs, err := s.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		s.each(out, func(line string) {
			c := reloadChain{raw: line}
			if json.Unmarshal([]byte(line), &c) == nil {
				s.chains = append(s.chains, c)
			}
		})
	})
	reading.Go(func() { s.each(errs, func(line string) { s.lines = append(s.lines, line) }) })
	go func() {
		reading.Wait()
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	return nil
}

func (s *reloadSession) each(r io.Reader, f func(string)) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		s.mu.Lock()
		f(lines.Text())
		close(s.grown)
		s.grown = make(chan struct{})
		s.mu.Unlock()
	}
}

// end ends gomedic dev, and with it the program.
func (s *reloadSession) end() {
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-s.ended:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.ended
	}
}

// wait waits until f is true. f is called with the lock held.
func (s *reloadSession) wait(ctx context.Context, within time.Duration, f func() bool) error {
	late := time.After(within)
	for {
		s.mu.Lock()
		ok, grown := f(), s.grown
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-grown:
		case <-s.ended:
			return errors.New("gomedic dev has ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return fmt.Errorf("nothing for %s", within)
		}
	}
}

// until waits for a chain that f takes.
func (s *reloadSession) until(ctx context.Context, within time.Duration, f func(reloadChain) bool) (c reloadChain, err error) {
	err = s.wait(ctx, within, func() bool {
		for s.read < len(s.chains) {
			c = s.chains[s.read]
			s.read++
			if f(c) {
				return true
			}
		}
		return false
	})
	return c, err
}

func (s *reloadSession) number() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.chains)
}

// tail is the last that was said.
func (s *reloadSession) tail() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, c := range s.chains[max(0, len(s.chains)-2):] {
		fmt.Fprintln(&b, c.raw)
	}
	for _, l := range s.lines[max(0, len(s.lines)-12):] {
		fmt.Fprintln(&b, l)
	}
	return b.String()
}

var drawn = regexp.MustCompile(`^shows (.*) count (\d+)$`)

// counted is the last count that the program drew.
func (s *reloadSession) counted() int {
	for i := len(s.lines) - 1; i >= 0; i-- {
		if m := drawn.FindStringSubmatch(s.lines[i]); m != nil {
			n, _ := strconv.Atoi(m[2])
			return n
		}
	}
	return 0
}

// reset brings the files back to what they were, and waits until that is what runs.
func (s *reloadSession) reset(ctx context.Context, base map[string][]byte) error {
	s.mu.Lock()
	s.mark = len(s.lines)
	s.read = len(s.chains)
	s.mu.Unlock()
	left := map[string]bool{}
	for name, b := range s.files {
		want, had := base[name]
		if had && string(want) == string(b) {
			continue
		}
		left[name] = true
		if !had {
			delete(s.files, name)
			if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
				return err
			}
			continue
		}
		if err := s.write(name, want, "rename"); err != nil {
			return err
		}
	}
	if len(left) > 0 {
		// Each of them is told of, and in the end all is well.
		ready := true
		_, err := s.until(ctx, 5*time.Minute, func(c reloadChain) bool {
			switch {
			case c.Action == "report":
				return false
			case c.Action == "ready":
				ready = true
			case c.Action == "restart" && c.Outcome == "ok":
				ready = false
			}
			for _, name := range c.Files {
				delete(left, name)
			}
			return len(left) == 0 && c.Outcome == "ok" && ready
		})
		if err != nil {
			return err
		}
	}
	time.Sleep(clockTick)
	return s.wait(ctx, reloadWithin, func() bool { return s.draws("base") })
}

// draws: the program has drawn the text since the mark.
func (s *reloadSession) draws(text string) bool {
	return slices.ContainsFunc(s.lines[min(s.mark, len(s.lines)):], func(l string) bool {
		m := drawn.FindStringSubmatch(l)
		return m != nil && m[1] == text
	})
}
