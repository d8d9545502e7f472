package lab

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gomedic/gomedic/internal/report"
)

// startedFor is for how long gomedic watches a program that it starts: the illness is on
// for most of it.
const startedFor = 6 * time.Second

// startedCommand returns the command by which gomedic starts the program of run and
// watches its calls of the graphics driver. The program ends when gomedic does. done
// removes its home.
func (r *Runner) startedCommand(ctx context.Context, s *stage, run Run, args ...string) (cmd *exec.Cmd, done func(), err error) {
	home, err := s.home(run.User)
	if err != nil {
		return nil, nil, err
	}
	gomedic, path, drop := r.Gomedic, r.binary(run.Fault.Program, run.Build), run.User == Ordinary && os.Getuid() == 0
	if drop {
		var e error
		gomedic, err = s.reach(gomedic)
		path, e = s.reach(path)
		if err = errors.Join(err, e); err != nil {
			return nil, nil, err
		}
	}
	args = append([]string{run.Fault.Command(), "--gpu", "--for", startedFor.String()}, args...)
	cmd = exec.CommandContext(ctx, gomedic, append(args, "--", path, "-life", life.String(), run.Fault.Name)...)
	attributes(cmd, drop)
	cmd.Dir, cmd.Env = home, s.environment(home)
	return cmd, func() { os.RemoveAll(home) }, nil
}

// examineStarted makes one run of a program that gomedic starts itself.
func (r *Runner) examineStarted(ctx context.Context, s *stage, run Run) (Outcome, error) {
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	cmd, done, err := r.startedCommand(limited, s, run, "--json")
	if err != nil {
		return Outcome{}, fail(r.Lang, err, "fail.files", []any{s.root})
	}
	defer done()
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	began := time.Now()
	err = cmd.Run()
	took := float64(time.Since(began).Microseconds()) / 1000
	if cmd.Process != nil {
		_ = end(cmd) // what is left of its group
	}
	if ctx.Err() != nil {
		return Outcome{}, ctx.Err()
	}
	outcome := readVerdict(run, out.Bytes(), said.String(), err)
	outcome.TookMS = took
	return outcome, nil
}

// sessionStarted shows what gomedic says of a program that it starts itself.
func (r *Runner) sessionStarted(ctx context.Context, s *stage, run Run, out, errw io.Writer, args ...string) error {
	cmd, done, err := r.startedCommand(ctx, s, run, args...)
	if err != nil {
		return fail(r.Lang, err, "fail.files", []any{filepath.Dir(s.root)})
	}
	defer done()
	cmd.Stdout, cmd.Stderr = out, errw
	err = cmd.Run()
	if cmd.Process != nil {
		_ = end(cmd)
	}
	var exit *exec.ExitError
	if err != nil && ctx.Err() == nil && (!errors.As(err, &exit) || exit.ExitCode() != report.ExitFindings) {
		return err
	}
	return nil
}
