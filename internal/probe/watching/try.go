package watching

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

//go:embed trial/*.go trial/*.txt
var trialFiles embed.FS

// shared are the files of the trial that go with each library's.
var shared = []string{"main.go", "project.go", "cases.go"}

const (
	// longestTry bounds the whole command; no case is begun after lastCase.
	longestTry = 58 * time.Second
	lastCase   = 40 * time.Second
	perCase    = 3 * time.Second // saves of one kind go on for so long, at most
	// A longer wait makes no difference to any case, only to how long they take.
	waitTried = 500 * time.Millisecond
	// folder is that of the program, within the project's module; it is laid over, and
	// never there.
	folder = "gomedicreloadcheck"
)

// plan is what the trial is told; see trial/main.go.
type plan struct {
	Work      string        `json:"work"`
	Dir       string        `json:"dir"`
	Limit     time.Duration `json:"limit"`
	Budget    time.Duration `json:"budget"`
	Whats     []string      `json:"whats"`
	Cases     []string      `json:"cases"`
	Events    []string      `json:"events"`
	Wait      time.Duration `json:"wait"`
	WaitKind  string        `json:"wait_kind"`
	Errors    bool          `json:"errors"`
	Overflow  bool          `json:"overflow"`
	NewDirs   bool          `json:"new_dirs"`
	NewFiles  bool          `json:"new_files"`
	Readds    bool          `json:"readds"`
	Aside     bool          `json:"aside"`
	Recursive bool          `json:"recursive"`
	Sets      bool          `json:"sets"`
	Buffer    int           `json:"buffer"`
}

// planOf says what to try of a use. What the source did not say is the library's usual
// way.
func planOf(u *evidence.WatchUse) plan {
	p := plan{Limit: lastCase, Budget: perCase, Events: u.Events, Wait: min(u.Wait, waitTried), WaitKind: u.WaitKind, Errors: u.ErrorsRead, Overflow: u.Overflow,
		NewDirs: u.NewDirs, NewFiles: u.NewFiles, Readds: u.Readds, Aside: u.Aside, Recursive: u.Recursive, Sets: u.Sets, Buffer: u.Buffer}
	has := func(what string) bool {
		return slices.ContainsFunc(u.Adds, func(a evidence.WatchAdd) bool { return a.What == what && !a.Again })
	}
	files := 0
	for _, a := range u.Adds {
		if a.What == evidence.WatchesFile && !a.Again {
			files++
		}
	}
	dirs := true
	switch {
	case has(evidence.WatchesTree):
		p.Whats = []string{evidence.WatchesTree}
	case has(evidence.WatchesDir):
		p.Whats = []string{evidence.WatchesDir}
	case files == 0:
		p.Whats = []string{evidence.WatchesDir}
		if u.Library == evidence.LibFsnotify { // it may as well be a file
			files++
		}
	default:
		dirs = false
	}
	if files > 0 {
		p.Whats = append(p.Whats, evidence.WatchesFile)
	}
	p.Cases = []string{evidence.TrialWrite, evidence.TrialSlow, evidence.TrialRename, evidence.TrialVim}
	if dirs && !u.OneFile && (has(evidence.WatchesTree) || u.NewDirs) {
		p.Cases = append(p.Cases, evidence.TrialNewDirs)
	}
	if dirs && !u.Overflow && u.WaitKind != evidence.WaitPoll && u.Library != evidence.LibOurs && queueLength() < 40000 {
		p.Cases = append(p.Cases, evidence.TrialOverflow)
	}
	if !u.OneFile && (dirs || files > 1) && (u.Library != evidence.LibOurs || u.Sets) {
		p.Cases = append(p.Cases, evidence.TrialSet)
	}
	return p
}

// queueLength is how many events the system keeps for a watcher; 0: it does not say.
func queueLength() (n int) {
	b, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	if err != nil {
		return 0
	}
	fmt.Sscan(string(b), &n) // nothing there: 0
	return n
}

// countOf is how many outcomes a plan has.
func countOf(p *plan) (n int) {
	for _, c := range p.Cases {
		switch c {
		case evidence.TrialRename, evidence.TrialVim:
			n += len(p.Whats)
		case evidence.TrialSet:
			n += 4
		default:
			n++
		}
	}
	return n
}

// build makes the trial with the project's own version of the library, in the project's
// module but without a file in it. Errors are *report.Failure, or the context's.
func build(ctx context.Context, root string, u *evidence.WatchUse, work string) (exe string, err error) {
	i := slices.IndexFunc(libraries, func(l *library) bool { return l.kind == u.Library })
	l := libraries[i]
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for _, name := range append(slices.Clone(shared), l.file) {
		b, err := trialFiles.ReadFile("trial/" + name)
		if err != nil {
			return "", err
		}
		if name == l.file {
			b = adapt(b, l, u.Path)
		}
		name = strings.TrimSuffix(name, ".txt")
		to := filepath.Join(work, name)
		// The module may be of an older Go than the trial is written in.
		if err := os.WriteFile(to, append([]byte("//go:build go1.23\n\n"), b...), 0o600); err != nil {
			return "", err
		}
		overlay.Replace[filepath.Join(root, folder, name)] = to
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	list := filepath.Join(work, "overlay.json")
	if err := os.WriteFile(list, b, 0o600); err != nil {
		return "", err
	}
	exe = filepath.Join(work, "trial")
	if runtime.GOOS == "windows" {
		exe += ".exe"
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags=-s -w", "-overlay", list, "-o", exe, "./"+folder)
	cmd.Dir = root
	cmd.Env = os.Environ()
	if runtime.GOOS == "linux" { // where no watcher needs C
		cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
	}
	apart(cmd)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		detail := firstLine(string(out))
		if errors.Is(err, exec.ErrNotFound) {
			detail = err.Error()
		}
		return "", report.Fail(err, text.T("error.reload-check-build", u.Path, detail), text.T("hint.reload-check-build"))
	}
	return exe, nil
}

// adapt makes a library's file one of the library as the project imports it.
func adapt(b []byte, l *library, path string) []byte {
	s := strings.Replace(string(b), `"`+l.in+`"`, `"`+path+`"`, 1)
	if l.kind == evidence.LibFsnotify {
		s = strings.Replace(s, `import "`, `import fsnotify "`, 1)
	}
	if l.kind == evidence.LibGonotify && path == "github.com/illarion/gonotify" { // before v2 without a context
		s = strings.ReplaceAll(s, "Watcher(ctx, ", "Watcher(")
	}
	return []byte(s)
}

// try runs the trial, and keeps its outcomes in the use. The error is the context's.
func try(ctx context.Context, exe, work, dir string, u *evidence.WatchUse, o Options, step func(done, all int)) error {
	p := planOf(u)
	p.Work, p.Dir = work, dir
	if o.only != nil {
		p.Cases = slices.DeleteFunc(p.Cases, func(c string) bool { return !slices.Contains(o.only, c) })
	}
	if o.brief {
		p.Budget /= 4
	}
	line, err := json.Marshal(p)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, exe)
	cmd.Dir = dir
	apart(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		return err
	}
	in.Write(append(line, '\n')) // if it is gone, its end says so
	all := countOf(&p)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var o struct {
			evidence.WatchTrial
			Begun bool `json:"begun"`
		}
		if json.Unmarshal(lines.Bytes(), &o) != nil || o.Begun {
			step(len(u.Trials), all)
			continue
		}
		u.Trials = append(u.Trials, o.WatchTrial)
	}
	err = cmd.Wait()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		u.Broken = "time"
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		u.Broken = firstLine(complaint.String())
		if u.Broken == "" {
			u.Broken = err.Error()
		}
	case len(u.Trials) < all:
		u.Broken = "time"
	}
	return nil
}
