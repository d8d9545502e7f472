package lab

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// binary returns the path of a built program.
func (r *Runner) binary(program string, build Build) string {
	return filepath.Join(r.Cache, string(build), "lab"+strings.ReplaceAll(program, "/", "-"))
}

// module returns the folder of the module that has the program, and the
// program's package in it: published bugs are modules of their own, because they
// need other versions of a toolkit.
func (r *Runner) module(program string) (dir, pkg string) {
	own := filepath.Join(r.Dir, filepath.FromSlash(program))
	if _, err := os.Stat(filepath.Join(own, "go.mod")); err == nil {
		return own, "."
	}
	return r.Dir, "./" + program
}

// build builds the programs of runs, each once for each way it is needed. Go's
// own cache makes a second time fast.
func (r *Runner) build(ctx context.Context, runs []Run) error {
	type way struct {
		program string
		build   Build
	}
	done := make(map[way]bool)
	for _, run := range runs {
		w := way{run.Fault.Program, run.Build}
		if done[w] {
			continue
		}
		done[w] = true
		r.progress("progress.build", w.program, Say(r.Lang, string(w.build)))
		args := []string{"build", "-o", r.binary(w.program, w.build)}
		if w.build == Stripped {
			args = append(args, "-trimpath", "-ldflags=-s -w")
		}
		dir, pkg := r.module(w.program)
		cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOWORK=off")
		attributes(cmd, false)
		if out, err := cmd.CombinedOutput(); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			said := lastLines(string(out), 12)
			if said == "" {
				said = err.Error()
			}
			return fail(r.Lang, nil, "fail.build", []any{Packages}, w.program, said)
		}
	}
	return nil
}

// lastLines returns the last n lines of s.
func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
