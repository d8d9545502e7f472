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
	"strconv"
	"time"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// The bounds of a run. A program's life must be longer than what an examination
// may take in all.
const (
	armTimeout   = 30 * time.Second        // from the start to the illness
	settle       = 1500 * time.Millisecond // from the illness to the examination: the freeze is really on
	checkTimeout = 40 * time.Second        // of one examination
	leakSettle   = 3 * time.Second         // the same before gomedic leak: what is made once has been made
	leakTimeout  = 95 * time.Second        // of one gomedic leak, which compares looks
	life         = 110 * time.Second       // of a program in a score; the kernel ends it then
)

// Runner builds, starts and examines the lab's programs. Dir, Gomedic and Cache
// must be set. Everything that it starts is ended when its methods return, and
// by the kernel when the Runner's own process is killed.
type Runner struct {
	Dir      string    // the lab's folder
	Cache    string    // where built programs are kept; created when needed
	Gomedic  string    // the gomedic executable
	Display  bool      // use $DISPLAY instead of Xvfb
	Lang     text.Lang // of progress and failures
	Progress io.Writer // one line for each step; nil: none
}

// bounds returns how long to wait before run is examined, and how long that may
// take.
func bounds(run Run) (wait, timeout time.Duration) {
	if run.Fault.compared() {
		return leakSettle, leakTimeout
	}
	return settle, checkTimeout
}

func (r *Runner) progress(key string, args ...any) {
	if r.Progress != nil {
		fmt.Fprintln(r.Progress, Say(r.Lang, key, args...))
	}
}

// prepare builds the programs of runs and opens a stage for them.
func (r *Runner) prepare(ctx context.Context, runs []Run) (s *stage, stop func(), err error) {
	if !supported {
		return nil, nil, fail(r.Lang, nil, "fail.system", nil)
	}
	if err := os.MkdirAll(r.Cache, 0o755); err != nil {
		return nil, nil, fail(r.Lang, err, "fail.files", []any{r.Cache})
	}
	if err := r.build(ctx, runs); err != nil {
		return nil, nil, err
	}
	display, stopDisplay, err := r.display(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, err = newStage(display)
	if err != nil {
		stopDisplay()
		return nil, nil, fail(r.Lang, err, "fail.files", []any{os.TempDir()})
	}
	return s, func() { stopDisplay(); s.close() }, nil
}

// Score makes the runs one after the other, and sums up.
func (r *Runner) Score(ctx context.Context, runs []Run) (Result, error) {
	s, stop, err := r.prepare(ctx, runs)
	if err != nil {
		return Result{}, err
	}
	defer stop()
	var outcomes []Outcome
	var skips []string
	for i, run := range runs {
		outcome, err := r.examine(ctx, s, run)
		skip, skipped := errors.AsType[skipError](err)
		if err != nil && !skipped {
			return Result{}, err
		}
		r.progress("progress.run", i+1, len(runs), run.Fault.Name, Say(r.Lang, string(run.Build)), Say(r.Lang, string(run.User)))
		if skipped {
			r.progress("progress.skip", skip.why)
			skips = append(skips, fmt.Sprintf("%s, %s, %s: %s", run.Fault.Name, run.Build, run.User, skip.why))
			continue
		}
		outcomes = append(outcomes, outcome)
		if r.Progress != nil {
			writeProgress(r.Progress, r.Lang, outcome)
		}
	}
	result := Sum(outcomes)
	result.Skipped = skips
	return result, nil
}

// examine makes one run. An error means that the score cannot go on, but for a
// skipError; a program or a gomedic that fails is an outcome.
func (r *Runner) examine(ctx context.Context, s *stage, run Run) (Outcome, error) {
	if run.Fault.Started {
		return r.examineStarted(ctx, s, run)
	}
	p, err := r.start(ctx, s, run)
	if ctx.Err() != nil {
		return Outcome{}, ctx.Err()
	}
	if _, skipped := errors.AsType[skipError](err); skipped {
		return Outcome{}, err
	}
	if err != nil {
		return failed(run, "the program did not fall ill: "+err.Error()), nil
	}
	defer p.stop()
	pause, timeout := bounds(run)
	wait := time.NewTimer(pause)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	case <-p.ended:
		return failed(run, "the program ended by itself: "+p.said()), nil
	case <-wait.C:
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd, err := r.command(limited, s, p, run, "--json")
	if err != nil {
		return Outcome{}, fail(r.Lang, err, "fail.files", []any{s.root})
	}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	began := time.Now()
	err = cmd.Run()
	took := float64(time.Since(began).Microseconds()) / 1000
	if ctx.Err() != nil {
		return Outcome{}, ctx.Err()
	}
	outcome := readVerdict(run, out.Bytes(), said.String(), err)
	outcome.TookMS = took
	return outcome, nil
}

// readVerdict turns what gomedic printed into an outcome.
func readVerdict(run Run, out []byte, said string, err error) Outcome {
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != report.ExitFindings) {
		return failed(run, fmt.Sprintf("gomedic failed: %v: %s", err, lastLines(said, 3)))
	}
	var verdict report.Report
	if err := json.Unmarshal(out, &verdict); err != nil {
		return failed(run, "gomedic printed no report: "+err.Error())
	}
	if !run.Fault.compared() {
		return Judge(run, &verdict)
	}
	return JudgeLeak(run, &verdict, heldBy(&verdict))
}

// command returns the command that examines p as the run's user would.
func (r *Runner) command(ctx context.Context, s *stage, p *program, run Run, args ...string) (*exec.Cmd, error) {
	gomedic, drop := r.Gomedic, run.User == Ordinary && os.Getuid() == 0
	if drop {
		var err error
		if gomedic, err = s.reach(gomedic); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, gomedic, append([]string{run.Fault.Command(), strconv.Itoa(p.cmd.Process.Pid)}, args...)...)
	attributes(cmd, drop)
	cmd.Dir, cmd.Env = p.home, s.environment(p.home)
	return cmd, nil
}

// Session starts one program, waits until it is ill and tells ready its pid.
// With check it then prints gomedic's verdict to out and ends the program; else
// it leaves the program running until ctx ends or the program does.
func (r *Runner) Session(ctx context.Context, run Run, check bool, out, errw io.Writer, args ...string) error {
	s, stop, err := r.prepare(ctx, []Run{run})
	if err != nil {
		return err
	}
	defer stop()
	if check && run.Fault.Started {
		return r.sessionStarted(ctx, s, run, out, errw, args...)
	}
	p, err := r.start(ctx, s, run)
	if ctx.Err() != nil {
		return nil // ended by the user, as it should be
	}
	if err != nil {
		return fail(r.Lang, nil, "fail.start", []any{run.Fault.Name}, run.Fault.Name, err)
	}
	defer p.stop()
	key := "run.ill"
	if run.Fault.Healthy {
		key = "run.healthy"
	}
	if !check {
		fmt.Fprintln(out, Say(r.Lang, key, p.cmd.Process.Pid, run.Fault.Command()))
		select {
		case <-ctx.Done():
		case <-p.ended:
			fmt.Fprintln(out, Say(r.Lang, "run.ended"))
		}
		return nil
	}
	pause, _ := bounds(run)
	wait := time.NewTimer(pause)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return nil
	case <-wait.C:
	}
	cmd, err := r.command(ctx, s, p, run, args...)
	if err != nil {
		return fail(r.Lang, err, "fail.files", []any{filepath.Dir(s.root)})
	}
	cmd.Stdout, cmd.Stderr = out, errw
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && ctx.Err() == nil && (!errors.As(err, &exit) || exit.ExitCode() != report.ExitFindings) {
		return err
	}
	return nil
}
