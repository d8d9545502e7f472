package lab

import (
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
	"strings"
	"time"

	"golang.org/x/tools/txtar"
)

// AssetRun is one case of resources on one target, and what gomedic assets said of it.
type AssetRun struct {
	Name    string   `json:"name"`
	Target  string   `json:"target"` // source, plain, stripped, pie, windows, darwin, wasm, process
	Healthy bool     `json:"healthy"`
	Wanted  int      `json:"wanted"`
	Right   int      `json:"right"`  // findings of the right id
	Places  int      `json:"places"` // … that name the right place
	Placed  int      `json:"placed"` // wanted ones that have a place
	False   []string `json:"false"`  // findings above info that nobody wants
	Missed  []string `json:"missed"`
	TookMS  float64  `json:"took_ms"`
	Failed  string   `json:"failed,omitempty"` // gomedic could not do its work
}

// Passed reports whether all was found, and nothing else.
func (r *AssetRun) Passed() bool {
	return r.Failed == "" && r.Right == r.Wanted && r.Places == r.Placed && len(r.False) == 0
}

// assetCase is a file of lab/assets. Its comment says what to make and what must be found,
// its files are the program.
type assetCase struct {
	name    string
	illness string
	files   []txtar.File
	make    [][]string // what is made before it is built
	patch   []string   // what is changed in the built program: old and new text of equal length
	targets []string
	wants   []assetWant
}

// assetWant is one finding. Place is "file:line", "file", or "-" for none.
type assetWant struct {
	targets   []string // "all": each
	severity  string   // "", or info
	id, place string
}

// The lines of a case's comment, after its first, which says what is wrong:
//
//	on TARGET…                    on what gomedic assets is run
//	want TARGETS ID PLACE         what must be found there; TARGETS is all, or a list with commas
//	info TARGETS ID PLACE         the same, as info
//	png|jpeg|gif FILE W H         makes a picture
//	wav FILE SECONDS              makes a sound
//	font FILE                     copies a font of golang.org/x/image
//	copy FILE FROM                copies a file of the case
//	cut FILE N                    keeps the first N bytes
//	flip FILE N                   changes byte N
//	patch OLD NEW                 changes the built program
func parseAssets(name string, b []byte) (*assetCase, error) {
	a := txtar.Parse(b)
	c := &assetCase{name: name, files: a.Files}
	n := 0
	for line := range strings.Lines(string(a.Comment)) {
		n++
		if n == 1 {
			c.illness = strings.TrimSpace(line)
			continue
		}
		args, err := words(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		switch {
		case len(args) == 0:
		case args[0] == "on":
			c.targets = args[1:]
		case (args[0] == "want" || args[0] == "info") && len(args) == 4:
			w := assetWant{targets: strings.Split(args[1], ","), id: args[2], place: args[3]}
			if args[0] == "info" {
				w.severity = "info"
			}
			c.wants = append(c.wants, w)
		case args[0] == "patch" && len(args) == 3:
			c.patch = args[1:]
		case makers[args[0]] != nil:
			c.make = append(c.make, args)
		default:
			return nil, fmt.Errorf("line %d: %q is no line of a case", n, strings.TrimSpace(line))
		}
	}
	if len(c.targets) == 0 {
		return nil, errors.New("it names no target")
	}
	return c, nil
}

// wanted are the findings that a target must have.
func (c *assetCase) wanted(target string) (out []assetWant) {
	for _, w := range c.wants {
		if slices.Contains(w.targets, "all") || slices.Contains(w.targets, target) {
			out = append(out, w)
		}
	}
	return out
}

// AssetRuns runs gomedic assets, which is the executable, on every case of lab/assets
// whose name matches only. told is called with each run when it is over.
func AssetRuns(ctx context.Context, executable, dir, only string, told func(*AssetRun)) (all []*AssetRun, err error) {
	match, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(dir, "assets", "*.txtar"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no *.txtar in %s", filepath.Join(dir, "assets"))
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		if !match.MatchString(name) {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return all, err
		}
		c, err := parseAssets(name, b)
		if err != nil {
			return all, fmt.Errorf("%s: %w", path, err)
		}
		runs, err := c.run(ctx, executable, told)
		if err != nil {
			return all, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, runs...)
	}
	return all, ctx.Err()
}

// run makes the program and examines it on each target.
func (c *assetCase) run(ctx context.Context, executable string, told func(*AssetRun)) (all []*AssetRun, err error) {
	tmp, err := os.MkdirTemp("", "gomedic-lab-assets-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	src, bin := filepath.Join(tmp, "app"), filepath.Join(tmp, "bin")
	if err := c.write(ctx, src); err != nil {
		return nil, err
	}
	if err := os.Mkdir(bin, 0o755); err != nil {
		return nil, err
	}
	for _, target := range c.targets {
		r := &AssetRun{Name: c.name, Target: target, Healthy: strings.HasPrefix(c.name, "healthy"), False: []string{}, Missed: []string{}}
		if err := c.examine(ctx, executable, src, bin, r); err != nil {
			return all, fmt.Errorf("%s: %w", target, err)
		}
		all = append(all, r)
		told(r)
	}
	return all, ctx.Err()
}

// builds are the environment and the flags of each target.
var builds = map[string][]string{
	"plain": {"GOOS=linux"}, "stripped": {"GOOS=linux", "-ldflags=-s -w"}, "pie": {"GOOS=linux", "-ldflags=-s -w", "-buildmode=pie"},
	"windows": {"GOOS=windows", "GOARCH=amd64", "-ldflags=-s -w"}, "mac": {"GOOS=darwin", "GOARCH=amd64", "-ldflags=-s -w"}, "darwin": {"GOOS=darwin", "GOARCH=arm64"}, "wasm": {"GOOS=js", "GOARCH=wasm", "-ldflags=-s -w"},
	"process": {"GOOS=linux", "-ldflags=-s -w"},
}

func (c *assetCase) examine(ctx context.Context, executable, src, bin string, r *AssetRun) error {
	args := []string{"assets", "--json", "."}
	if r.Target != "source" {
		path := filepath.Join(bin, c.name+"-"+r.Target)
		flags, ok := builds[r.Target]
		if !ok {
			return fmt.Errorf("no target is named %q", r.Target)
		}
		build := exec.CommandContext(ctx, "go", "build", "-o", path)
		build.Dir, build.Env = src, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=0")
		for _, f := range flags {
			if strings.HasPrefix(f, "-") {
				build.Args = append(build.Args, f)
			} else {
				build.Env = append(build.Env, f)
			}
		}
		build.Args = append(build.Args, ".")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %s", lastLines(string(out), 5))
		}
		if len(c.patch) == 2 {
			if err := patchFile(path, c.patch[0], c.patch[1]); err != nil {
				return err
			}
		}
		args[2] = path
		if r.Target == "process" {
			p := exec.CommandContext(ctx, path)
			p.Dir = src
			if err := p.Start(); err != nil {
				return err
			}
			defer func() {
				_ = p.Process.Kill()
				_ = p.Wait()
			}()
			args = []string{"assets", "--json", "--for", "2s", fmt.Sprint(p.Process.Pid)}
		}
	}
	begun := time.Now()
	cmd := exec.CommandContext(ctx, executable, args...)
	cmd.Dir = src
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	r.TookMS = float64(time.Since(begun).Microseconds()) / 1000
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		r.Failed = strings.TrimSpace(errs.String())
		r.Wanted = len(c.wanted(r.Target))
		return ctx.Err()
	}
	return c.judge(out, r)
}

// judge compares a report with what must be found.
func (c *assetCase) judge(out []byte, r *AssetRun) error {
	var rep struct {
		Findings []struct {
			ID       string
			Severity string
			Title    string
			Where    *struct {
				File string
				Line int
			}
		}
	}
	if err := json.Unmarshal(out, &rep); err != nil {
		return fmt.Errorf("its report: %w", err)
	}
	taken := map[int]bool{}
	wants := c.wanted(r.Target)
	r.Wanted = len(wants)
	// Those with the right place first, so that two of one id find each other.
	done := map[int]bool{}
	for pass := range 2 {
		for i, w := range wants {
			if done[i] {
				continue
			}
			if pass == 0 && w.place != "-" {
				r.Placed++
			}
			for j := range rep.Findings {
				f := &rep.Findings[j]
				place := ""
				if f.Where != nil {
					if place = f.Where.File; f.Where.Line > 0 {
						place = fmt.Sprintf("%s:%d", f.Where.File, f.Where.Line)
					}
				}
				right := w.place == "-" || place == w.place
				if taken[j] || f.ID != w.id || (f.Severity == "info") != (w.severity == "info") || pass == 0 && !right {
					continue
				}
				taken[j], done[i] = true, true
				r.Right++
				if right && w.place != "-" {
					r.Places++
				} else if !right {
					r.Missed = append(r.Missed, fmt.Sprintf("%s is at %s, not at %s", w.id, place, w.place))
				}
				break
			}
			if pass == 1 && !done[i] {
				r.Missed = append(r.Missed, w.id+" at "+w.place)
			}
		}
	}
	for j := range rep.Findings {
		if f := &rep.Findings[j]; !taken[j] && f.Severity != "info" {
			r.False = append(r.False, f.ID+": "+f.Title)
		}
	}
	return nil
}

// WriteAssetRun shows one run in a line, and what is wrong with it.
func WriteAssetRun(w io.Writer, r *AssetRun) {
	mark := "✓"
	if !r.Passed() {
		mark = "✗"
	}
	fmt.Fprintf(w, "%s %-30s %-9s %d/%d  %6.0f ms\n", mark, r.Name, r.Target, r.Right, r.Wanted, r.TookMS)
	for _, s := range r.Missed {
		fmt.Fprintf(w, "    missed: %s\n", s)
	}
	for _, s := range r.False {
		fmt.Fprintf(w, "    must not be: %s\n", s)
	}
	if r.Failed != "" {
		fmt.Fprintf(w, "    %s\n", strings.ReplaceAll(r.Failed, "\n", "\n    "))
	}
}

// AssetSum adds up runs.
type AssetSum struct {
	Runs, Passed, Wanted, Right, Placed, Places, False, Faults, Healthy int
}

// SumAssets adds up runs. Faults and Healthy count cases, not runs.
func SumAssets(all []*AssetRun) (s AssetSum) {
	names := map[string]bool{}
	for _, r := range all {
		s.Runs++
		if r.Passed() {
			s.Passed++
		}
		s.Wanted, s.Right, s.Placed, s.Places, s.False = s.Wanted+r.Wanted, s.Right+r.Right, s.Placed+r.Placed, s.Places+r.Places, s.False+len(r.False)
		if !names[r.Name] {
			names[r.Name] = true
			if r.Healthy {
				s.Healthy++
			} else {
				s.Faults++
			}
		}
	}
	return s
}
