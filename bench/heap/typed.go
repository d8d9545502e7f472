//go:build linux

package main

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
	"strings"
	"syscall"
	"time"
)

// settle is how long a program without a word for it gets to build its windows.
const settle = 5 * time.Second

// typed measures at programs with debug information, and without, of how many bytes
// the type is known, or the owner.
func (b *bench) typed(ctx context.Context, r *results) error {
	r.Typed = nil
	display, end, err := b.xvfb()
	if err != nil {
		return err
	}
	defer end()
	type program struct {
		title string
		files [2]string // with debug information, and stripped
		args  []string
		ready string
	}
	var all []program
	if b.lab != "" {
		binaries, err := filepath.Glob(filepath.Join(b.lab, "plain", "lab*"))
		if err != nil {
			return err
		}
		for _, file := range binaries {
			stripped := filepath.Join(b.lab, "stripped", filepath.Base(file))
			if size(stripped) == 0 {
				continue
			}
			faults, err := faultsOf(ctx, file, display)
			if err != nil {
				logf("%s: %v", filepath.Base(file), err)
				continue
			}
			for _, f := range faults {
				all = append(all, program{f, [2]string{file, stripped}, []string{"-life", "5m", f}, "armed"})
			}
		}
	}
	for _, p := range b.programs {
		title, files, _ := strings.Cut(p, "=")
		plain, stripped, _ := strings.Cut(files, ",")
		all = append(all, program{title: title, files: [2]string{plain, stripped}})
	}
	for _, p := range all {
		row := typed{Program: p.title}
		for i, file := range p.files {
			if err := b.share(ctx, &row, i, file, p.args, p.ready, display); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				logf("%s: %v", p.title, err)
				row.Failed = firstLine(err.Error())
			}
		}
		logf("%s: %v", p.title, row)
		r.Typed = append(r.Typed, row)
	}
	return nil
}

// faultsOf are the leaks that a program of the lab can have, with its healthy ones.
func faultsOf(ctx context.Context, file, display string) ([]string, error) {
	c := exec.CommandContext(ctx, file, "-manifest")
	c.Env = append(os.Environ(), "DISPLAY="+display)
	out, err := c.Output()
	if err != nil {
		return nil, err
	}
	var faults []struct {
		Name string   `json:"name"`
		ID   []string `json:"id"`
	}
	if err := json.Unmarshal(out, &faults); err != nil {
		return nil, err
	}
	var names []string
	for _, f := range faults {
		if strings.Contains(f.Name, "leak") || strings.Contains(strings.Join(f.ID, " "), "leak/") {
			names = append(names, f.Name)
		}
	}
	return names, nil
}

// share looks once at a program.
func (b *bench) share(ctx context.Context, row *typed, i int, file string, args []string, ready, display string) error {
	c := exec.Command(file, args...)
	c.Env = append(os.Environ(), "DISPLAY="+display, "HOME="+b.dir, "LANG=C.UTF-8", "LIBGL_ALWAYS_SOFTWARE=1")
	c.Dir = b.dir
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	said := make(chan bool, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if ready != "" && strings.Contains(lines.Text(), ready) {
				said <- true
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	late := 30 * time.Second
	if ready == "" {
		late = settle
	}
	select {
	case <-said:
		time.Sleep(2 * time.Second) // something has leaked
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(late):
		if ready != "" {
			return errors.New("it was not ready in time")
		}
	}
	_, h, err := b.leak(ctx, fmt.Sprint(c.Process.Pid), "--looks", "1")
	if err != nil {
		return err
	}
	l := h.Looks[0]
	row.Bytes[i], row.Known[i], row.Owned[i] = l.Bytes, l.Typed, l.Owned
	return nil
}

// xvfb starts a display of its own.
func (b *bench) xvfb() (display string, end func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", nil, err
	}
	defer r.Close()
	c := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	c.ExtraFiles = []*os.File{w}
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	err = c.Start()
	w.Close()
	if err != nil {
		return "", nil, fmt.Errorf("start Xvfb: %w", err)
	}
	end = func() { _ = c.Process.Signal(os.Interrupt); _ = c.Wait() }
	number := make([]byte, 16)
	n, err := r.Read(number)
	if err != nil {
		end()
		return "", nil, errors.New("no display came up")
	}
	return ":" + strings.TrimSpace(string(number[:n])), end, nil
}
