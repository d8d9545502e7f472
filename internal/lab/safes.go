package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

// The lines of a case of lab/safe.
//
//	program PROGRAM ARGS…   the program, by its folder in the lab
//	env NAME VALUE          a variable with which it fails; $HOME is the program's home
//	without OUTCOME         what comes of it as it is: died, blank, no-window, draws
//	works RUNG              the rung that must bring its window back
//	says TEXT               the report has this text
//	healthy                 it draws as it is, and must do so on the first rung
//
// The files of a case are put into the program's home, which is its folder for settings
// and for its cache as well.
var safeSteps = map[string]int{"program": 1, "env": 2, "without": 1, "works": 1, "says": 1, "healthy": 0}

// safePatience is how long each rung may take until its window draws.
const safePatience = 8 * time.Second

// Safes runs the cases of lab/safe: each program as it is, and by gomedic safe. told is
// called with each case when it is over.
func (r *Runner) Safes(ctx context.Context, only string, told func(*Case)) ([]*Case, error) {
	cases, err := readCases(filepath.Join(r.Dir, "safe"), only, safeSteps)
	if err != nil || len(cases) == 0 {
		return nil, err
	}
	var runs []Run
	for _, c := range cases {
		args := c.values("program")
		if len(args) == 0 {
			return nil, fmt.Errorf("%s: no program", c.Name)
		}
		runs = append(runs, Run{Fault: Fault{Name: c.Name, Program: args[0][0]}, Build: Plain, User: Root})
	}
	s, stop, err := r.prepare(ctx, runs)
	if err != nil {
		return nil, err
	}
	defer stop()
	for i, c := range cases {
		r.safe(ctx, s, c, r.binary(runs[i].Fault.Program, Plain))
		if ctx.Err() != nil {
			return cases[:i], ctx.Err()
		}
		told(c)
	}
	return cases, nil
}

// values are the arguments of the case's lines of one kind.
func (c *Case) values(name string) (all [][]string) {
	for _, s := range c.steps {
		if s[0] == name {
			all = append(all, s[1:])
		}
	}
	return all
}

// safe runs one case.
func (r *Runner) safe(ctx context.Context, s *stage, c *Case, program string) {
	begun := time.Now()
	defer func() { c.TookMS = float64(time.Since(begun).Microseconds()) / 1000 }()
	var wrong []string
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	without := "draws"
	for _, v := range c.values("without") {
		without = v[0]
	}
	was, err := r.safely(ctx, s, c, program, "--rung", "as-is", "--only")
	switch {
	case err != nil:
		add("as it is: %v", err)
	case len(was.Tried) == 0 || was.Tried[0].Outcome != without:
		add("as it is: %s, want %s", outcomes(was), without)
	}
	now, err := r.safely(ctx, s, c, program)
	if err != nil {
		add("gomedic safe: %v", err)
	} else {
		want := "software"
		for _, v := range c.values("works") {
			want = v[0]
		}
		c.Got = outcomes(was) + " → " + outcomes(now)
		if now.Worked != want {
			add("rung %q works, want %q (%s)", now.Worked, want, outcomes(now))
		}
		b, _ := json.Marshal(now)
		for _, v := range c.values("says") {
			if !strings.Contains(string(b), v[0]) {
				add("%q is not said in %s", v[0], b)
			}
		}
		last := now.Tried[len(now.Tried)-1]
		if want != "" && last.Software == "" {
			add("what it draws with is not told: %+v", last)
		}
	}
	c.Passed, c.Why = len(wrong) == 0, strings.Join(wrong, "\n")
}

// outcomes are the tries in short.
func outcomes(s *evidence.Safe) string {
	if s == nil {
		return "nothing"
	}
	var all []string
	for _, t := range s.Tried {
		all = append(all, t.Rung+": "+t.Outcome)
	}
	return strings.Join(all, ", ")
}

// safely runs gomedic safe until its report is there, and ends it as Ctrl-C does.
func (r *Runner) safely(ctx context.Context, s *stage, c *Case, program string, flags ...string) (*evidence.Safe, error) {
	home, err := s.home(Root)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(home)
	for _, f := range c.files {
		path := filepath.Join(home, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			return nil, err
		}
	}
	args := append([]string{"safe", "--json", "--for", safePatience.String()}, flags...)
	args = append(args, "--", program)
	args = append(args, c.values("program")[0][1:]...)
	cmd := exec.CommandContext(ctx, r.Gomedic, args...)
	attributes(cmd, false)
	cmd.Dir, cmd.Env = home, s.environment(home)
	for _, v := range c.values("env") {
		cmd.Env = append(cmd.Env, v[0]+"="+strings.ReplaceAll(v[1], "$HOME", home))
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	late := time.AfterFunc(2*time.Minute, func() { _ = end(cmd) })
	defer late.Stop()
	var rep report.Report
	decoded := json.NewDecoder(out).Decode(&rep)
	if rep.Safe != nil && rep.Safe.Worked != "" { // else it ends by itself
		_ = cmd.Process.Signal(syscall.SIGINT)
	}
	err = cmd.Wait()
	if decoded != nil || rep.Safe == nil {
		return nil, fmt.Errorf("no report: %w: %s", errors.Join(decoded, err), lastLines(complaint.String(), 6))
	}
	if cmd.ProcessState.ExitCode() < 0 {
		return nil, fmt.Errorf("gomedic safe does not end after Ctrl-C: %w", err)
	}
	return rep.Safe, nil
}
