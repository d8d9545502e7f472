package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/tools/txtar"
)

// PageCase is a Go WebAssembly page, and what came of it.
type PageCase struct {
	Name     string  `json:"name"`
	Program  string  `json:"program"`
	Stripped bool    `json:"stripped"`
	Want     string  `json:"want"`           // an id, or "healthy"
	Info     bool    `json:"info,omitempty"` // it is worth knowing only
	Found    string  `json:"found"`          // the ids, worst first; those of info in brackets
	RightID  bool    `json:"right_id"`
	Placed   bool    `json:"placed,omitempty"` // a place is wanted …
	At       string  `json:"at,omitempty"`     // … the one that was named
	RightAt  bool    `json:"right_at,omitempty"`
	Why      string  `json:"why,omitempty"`
	TookMS   float64 `json:"took_ms"`

	function string
	here     bool
	page     string
	serve    map[string][]string // path → words
	https    bool
	no3D     bool
	flags    []string
}

// Passed reports whether the case is as it should be.
func (c *PageCase) Passed() bool { return c.RightID && (!c.Placed || c.RightAt) }

// pageCases are the cases of lab/pages, and the files that they serve.
type pageCases struct {
	dir   string // lab/pages
	files map[string][]byte
	cases []*PageCase
}

func readPages(dir string) (*pageCases, error) {
	path := filepath.Join(dir, "pages", "pages.txtar")
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	a := txtar.Parse(b)
	p := &pageCases{dir: filepath.Dir(path), files: map[string][]byte{}}
	for _, f := range a.Files {
		p.files[f.Name] = f.Data
	}
	n := 0
	for line := range strings.Lines(string(a.Comment)) {
		n++
		args, err := words(line)
		if err == nil && len(args) > 0 {
			err = p.word(args)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	return p, nil
}

// word takes a line of the cases.
func (p *pageCases) word(args []string) error {
	if args[0] == "case" && len(args) == 2 {
		p.cases = append(p.cases, &PageCase{Name: args[1], page: "stream.html", serve: map[string][]string{}})
		return nil
	}
	if len(p.cases) == 0 {
		return errors.New("before the first case")
	}
	c := p.cases[len(p.cases)-1]
	switch word, rest := args[0], args[1:]; {
	case word == "program" && len(rest) > 0:
		c.Program, c.Stripped = rest[0], len(rest) > 1 && rest[1] == "stripped"
	case word == "page" && len(rest) == 1:
		c.page = rest[0]
	case word == "serve" && len(rest) > 1:
		c.serve[rest[0]] = append(c.serve[rest[0]], rest[1:]...)
	case word == "https":
		c.https = true
	case word == "browser" && len(rest) == 1 && rest[0] == "no-3d":
		c.no3D = true
	case word == "flags":
		c.flags = rest
	case word == "want" && len(rest) > 0:
		c.Want, c.Info = rest[len(rest)-1], rest[0] == "info"
	case word == "where" && len(rest) == 1:
		c.function, c.Placed = rest[0], true
	case word == "here":
		c.here, c.Placed = true, true
	default:
		return fmt.Errorf("%q is not understood", strings.Join(args, " "))
	}
	if _, ok := p.files[c.page]; !ok {
		return fmt.Errorf("no page %s", c.page)
	}
	return nil
}

// Pages runs gomedic, the executable, on the pages whose names match only. cache
// keeps the modules. told is called with each case when it is over.
func Pages(ctx context.Context, executable, dir, cache, only string, progress io.Writer, told func(*PageCase)) ([]*PageCase, error) {
	match, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	p, err := readPages(dir)
	if err != nil {
		return nil, err
	}
	var all []*PageCase
	for _, c := range p.cases {
		if match.MatchString(c.Name) {
			all = append(all, c)
		}
	}
	modules := &pageModules{dir: p.dir, cache: filepath.Join(cache, "pages")}
	for i, c := range all {
		fmt.Fprintf(progress, "%d of %d: %s\n", i+1, len(all), c.Name)
		if err := p.run(ctx, executable, modules, c); err != nil {
			if ctx.Err() != nil {
				return all[:i], ctx.Err()
			}
			c.Why = err.Error()
		}
		told(c)
	}
	return all, nil
}

// pageReport is what is read of gomedic's report.
type pageReport struct {
	Findings []struct {
		ID       string
		Severity string
		Where    *struct {
			Function, File string
			Line           int
		}
	}
}

func (p *pageCases) run(ctx context.Context, executable string, modules *pageModules, c *PageCase) error {
	module, err := modules.build(ctx, c.Program, c.Stripped)
	if err != nil {
		return err
	}
	site, err := newSite(p, c, modules, module)
	if err != nil {
		return err
	}
	defer site.close()
	args := append([]string{"wasm", "--json"}, c.flags...)
	if c.no3D {
		browser, err := plainBrowser()
		if err != nil {
			return err
		}
		defer os.RemoveAll(filepath.Dir(browser))
		args = append(args, "--browser", browser)
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, executable, append(args, site.url())...)
	cmd.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	begun := time.Now()
	err = cmd.Run()
	c.TookMS = float64(time.Since(begun).Microseconds()) / 1000
	var report pageReport
	if json.Unmarshal(out.Bytes(), &report) != nil {
		return fmt.Errorf("no report (%v): %s", err, lastLines(errs.String(), 2))
	}
	p.judge(c, &report)
	return nil
}

// judge compares a report with what is wanted.
func (p *pageCases) judge(c *PageCase, r *pageReport) {
	var ids []string
	worse := 0
	for _, f := range r.Findings {
		id := f.ID
		if f.Severity == "info" {
			id = "(" + id + ")"
		} else {
			worse++
		}
		ids = append(ids, id)
	}
	c.Found = strings.Join(ids, " ")
	switch {
	case c.Want == "healthy":
		c.RightID = worse == 0
		return
	case c.Info:
		c.RightID = worse == 0 && strings.Contains(c.Found, "("+c.Want+")")
		return
	case len(r.Findings) == 0:
		return
	}
	f := r.Findings[0]
	c.RightID = f.ID == c.Want && worse == 1
	if w := f.Where; w != nil {
		c.At = fmt.Sprintf("%s %s:%d", w.Function, w.File, w.Line)
		c.RightAt = c.here && w.File != "" && w.Line == p.hereIn(c.Program) && strings.HasSuffix(w.File, "main.go") || !c.here && w.Function == c.function
		if c.here && c.function != "" {
			c.RightAt = c.RightAt && w.Function == c.function
		}
	}
}

// hereIn is the line of a program that says HERE, 0 if none does.
func (p *pageCases) hereIn(program string) int {
	b, err := os.ReadFile(filepath.Join(p.dir, "programs", program, "main.go"))
	if err != nil {
		return 0
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		if strings.HasSuffix(strings.TrimSpace(line), "// HERE") {
			return n
		}
	}
	return 0
}

// PagesScore is the sum over pages.
type PagesScore struct {
	Pages    int      `json:"pages"`
	Sick     int      `json:"sick"`
	Stripped int      `json:"stripped"`
	RightID  float64  `json:"right_id"` // share of the sick
	RightAt  float64  `json:"right_at"` // share of those that have a place
	False    []string `json:"false"`    // healthy ones with a finding above info
	Missed   []string `json:"bars_missed"`
}

// ScorePages adds the cases up and compares them with the bars.
func ScorePages(all []*PageCase) PagesScore {
	s := PagesScore{Pages: len(all), False: []string{}, Missed: []string{}}
	right, placed, at := 0, 0, 0
	for _, c := range all {
		if c.Stripped {
			s.Stripped++
		}
		if c.Want == "healthy" || c.Info {
			if !c.RightID {
				s.False = append(s.False, c.Name)
			}
			continue
		}
		s.Sick++
		if c.RightID {
			right++
		}
		if c.Placed {
			placed++
			if c.RightAt {
				at++
			}
		}
	}
	share := func(n, of int) float64 {
		if of == 0 {
			return 1
		}
		return float64(n) / float64(of)
	}
	s.RightID, s.RightAt = share(right, s.Sick), share(at, placed)
	if s.RightID < 1 {
		s.Missed = append(s.Missed, "right id")
	}
	if s.RightAt < 0.95 {
		s.Missed = append(s.Missed, "right place")
	}
	if len(s.False) > 0 {
		s.Missed = append(s.Missed, "healthy")
	}
	return s
}

// WritePage writes a line about a case, and another where it went wrong.
func WritePage(w io.Writer, c *PageCase) {
	mark, want := "✓", c.Want
	if !c.Passed() {
		mark = "✗"
	}
	if c.Info {
		want = "(" + want + ")"
	}
	fmt.Fprintf(w, "%s %-26s %-24s %-34s %6.0f ms\n", mark, c.Name, want, strings.TrimSpace(c.Found+" "), c.TookMS)
	if !c.Passed() || c.Why != "" {
		fmt.Fprintf(w, "    %s\n", strings.TrimSpace(c.At+" "+c.Why))
	}
}
