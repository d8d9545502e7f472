package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// playPlugins plays the cases of a file that begins with "plugins": each in a folder of
// its own, with gomedic plugin instead of gomedic dev.
//
//	run COMMAND ARG…       runs a command in the folder of the files
//	replace FILE NAME      gives a file the content of another one of the archive
//	loads HOST ARG…        starts a host, and waits until it has printed a line
//	finds ID HOST PLUGIN   gomedic plugin tells that finding, or "nothing"; the host that
//	                       was started is named HOST
func (p *reloadProgram) playPlugins(ctx context.Context, executable string, told func(*ReloadCase)) error {
	for _, c := range p.cases {
		dir, err := os.MkdirTemp("", "gomedic-lab-plugin-")
		if err != nil {
			return err
		}
		x := &pluginPlay{dir: dir, executable: executable, files: map[string][]byte{}}
		err = x.play(ctx, p, c)
		x.end()
		os.RemoveAll(dir)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if c.Passed = err == nil; err != nil {
			c.Why, c.Tail = err.Error(), x.told
		}
		told(c)
	}
	return nil
}

// pluginPlay is one case being played.
type pluginPlay struct {
	dir, executable string
	files           map[string][]byte
	host            *exec.Cmd
	told            string // by gomedic, last
}

func (x *pluginPlay) play(ctx context.Context, p *reloadProgram, c *ReloadCase) error {
	for _, f := range p.files {
		x.files[f.Name] = f.Data
		path := filepath.Join(x.dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			return err
		}
	}
	for _, step := range c.steps {
		if err := x.step(ctx, step.args); err != nil {
			return fmt.Errorf("line %d, %s: %w", step.line, strings.Join(step.args, " "), err)
		}
	}
	return nil
}

func (x *pluginPlay) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = x.dir
	c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false", "CGO_ENABLED=1", "LANG=en_US.UTF-8")
	return c
}

func (x *pluginPlay) step(ctx context.Context, args []string) error {
	switch args[0] {
	case "run":
		if out, err := x.command(ctx, args[1], args[2:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, lastLines(string(out), 5))
		}
		return nil
	case "replace":
		b, ok := x.files[args[2]]
		if !ok {
			return fmt.Errorf("no file %s", args[2])
		}
		return os.WriteFile(filepath.Join(x.dir, args[1]), b, 0o644)
	case "loads":
		x.host = x.command(ctx, filepath.Join(x.dir, args[1]), args[2:]...)
		out, err := x.host.StdoutPipe()
		if err != nil {
			return err
		}
		if err := x.host.Start(); err != nil {
			return err
		}
		if _, err := out.Read(make([]byte, 64)); err != nil {
			return fmt.Errorf("it has not loaded the plugin: %w", err)
		}
		return nil
	case "finds":
		return x.finds(ctx, args[1], args[2], args[3])
	case "tells":
		if !strings.Contains(x.told, args[1]) {
			return fmt.Errorf("it tells %s", x.told)
		}
		return nil
	}
	return fmt.Errorf("%q is no step of plugins", args[0])
}

// finds has gomedic compare the two, and checks the one finding.
func (x *pluginPlay) finds(ctx context.Context, id, host, plugin string) error {
	if host == "HOST" && x.host != nil {
		host = fmt.Sprint(x.host.Process.Pid)
	}
	out, err := x.command(ctx, x.executable, "plugin", host, plugin, "--json").Output()
	x.told = string(out)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		if exit != nil {
			x.told = string(exit.Stderr)
		}
		return err
	}
	var r struct {
		Findings []struct {
			ID string `json:"id"`
		} `json:"findings"`
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return err
	}
	var ids []string
	for _, f := range r.Findings {
		ids = append(ids, f.ID)
	}
	if got := strings.Join(ids, " "); got != id && (id != "nothing" || got != "") {
		return fmt.Errorf("it finds %q", got)
	}
	return nil
}

// end ends the host.
func (x *pluginPlay) end() {
	if x.host != nil && x.host.Process != nil {
		_ = x.host.Process.Kill()
		_ = x.host.Wait()
	}
}
