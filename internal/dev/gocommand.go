package dev

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/reload/classify"
)

// goCommand runs the go command in the module. The error is what it said.
func goCommand(ctx context.Context, o Options, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = o.Dir
	c.Env = append(os.Environ(), o.Env...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		if said := strings.TrimSpace(errs.String()); said != "" && ctx.Err() == nil {
			return nil, errors.New(said)
		}
		return nil, err
	}
	return out.Bytes(), nil
}

// place is how the compiler names one: "dir/file.go:12:5: text".
var place = regexp.MustCompile(`^(.+\.go):(\d+):(?:(\d+):)? (.+)$`)

const mostFaults = 10

// faultsIn finds the places that the go command names in what it says; more is how
// many further ones there are.
func faultsIn(said, dir string) (faults []classify.Fault, more int) {
	for line := range strings.Lines(said) {
		m := place.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		if len(faults) == mostFaults {
			more++
			continue
		}
		f := classify.Fault{File: m[1], Text: m[4]}
		if !filepath.IsAbs(f.File) {
			f.File = filepath.Join(dir, f.File)
		}
		f.Line, _ = strconv.Atoi(m[2])
		f.Column, _ = strconv.Atoi(m[3])
		faults = append(faults, f)
	}
	return faults, more
}
