// Command record makes the evidence that the tests of package diagnose run on:
// it starts each program of the lab, lets gomedic examine it, reduces the bundle
// to what the rules need, and stores it with what the lab says must be found.
//
//	go run ./internal/diagnose/testdata/record -programs DIR -gomedic FILE [NAME…]
//
// DIR holds the lab's programs (go build -o DIR ./… in lab/); they need a
// display. A reduced bundle that gives other findings than the whole one is an
// error. Paths of the recording machine are rewritten: sources to paths within
// their module, everything else by [relative]. Start at main.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
)

// fault is an entry of a lab program's manifest, as lab/harness writes it.
type fault struct {
	Name      string   `json:"name"`
	Toolkit   string   `json:"toolkit,omitempty"`
	Healthy   bool     `json:"healthy,omitempty"`
	ID        []string `json:"id,omitempty"`
	Where     []string `json:"where,omitempty"`
	Blocker   []string `json:"blocker,omitempty"`
	NoBlocker bool     `json:"no_blocker,omitempty"`
	Chain     []string `json:"chain,omitempty"`
}

type recorder struct {
	programs, gomedic, raw, out string
	lasts, settle               time.Duration
}

func main() {
	r := recorder{}
	flag.StringVar(&r.programs, "programs", "", "`folder` of the lab's programs")
	flag.StringVar(&r.gomedic, "gomedic", "", "gomedic's `binary`")
	flag.StringVar(&r.raw, "raw", "", "`folder` that keeps the whole bundles; those that it holds are not recorded again")
	flag.StringVar(&r.out, "out", "internal/diagnose/testdata/recorded", "`folder` of the reduced bundles")
	flag.DurationVar(&r.lasts, "for", 900*time.Millisecond, "how long gomedic looks")
	flag.DurationVar(&r.settle, "settle", 1500*time.Millisecond, "how long a fault is let be before gomedic looks")
	flag.Parse()
	// The lab's programs end with the thread that started them.
	runtime.LockOSThread()
	if err := r.all(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// all records the named faults, or every one, and writes what must be found.
func (r *recorder) all(names []string) error {
	if r.raw == "" {
		dir, err := os.MkdirTemp("", "record-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		r.raw = dir
	}
	files, err := filepath.Glob(filepath.Join(r.programs, "lab*"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no lab programs in %q: %w", r.programs, err)
	}
	var all []fault
	var failed error
	for _, program := range files {
		faults, err := manifest(program)
		if err != nil {
			return err
		}
		for _, f := range faults {
			if len(names) == 0 || slices.Contains(names, f.Name) {
				if err := r.one(program, f); err != nil {
					failed = errors.Join(failed, fmt.Errorf("%s: %w", f.Name, err))
				}
			}
			if _, err := os.Stat(filepath.Join(r.out, f.Name+".gomedic")); err == nil {
				all = append(all, f)
			}
		}
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(failed, os.WriteFile(filepath.Join(r.out, "expected.json"), append(b, '\n'), 0o644))
}

func manifest(program string) ([]fault, error) {
	b, err := exec.Command(program, "-manifest").Output()
	if err != nil {
		return nil, fmt.Errorf("%s -manifest: %w", filepath.Base(program), err)
	}
	// A toolkit's init may print a line of its own before.
	if i := strings.IndexByte(string(b), '['); i > 0 {
		b = b[i:]
	}
	var faults []fault
	return faults, json.Unmarshal(b, &faults)
}

// one records one fault, unless the whole bundle is there already.
func (r *recorder) one(program string, f fault) error {
	whole := filepath.Join(r.raw, f.Name+".gomedic")
	if _, err := os.Stat(whole); err != nil {
		if err := r.examine(program, f.Name, whole); err != nil {
			return err
		}
	}
	ev, err := read(whole)
	if err != nil {
		return err
	}
	small, err := reduce(ev)
	if err != nil {
		return err
	}
	path := filepath.Join(r.out, f.Name+".gomedic")
	if err := evidence.WriteBundle(path, small, nil); err != nil {
		return err
	}
	if st, err := os.Stat(path); err == nil {
		fmt.Printf("%-32s %6d bytes\n", f.Name, st.Size())
	}
	return nil
}

func read(path string) (*evidence.Evidence, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return evidence.ReadBundle(f, st.Size())
}

// examine runs one lab program and gomedic on it.
func (r *recorder) examine(program, name, path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, program, name)
	stdin, err := c.StdinPipe()
	if err != nil {
		return err
	}
	defer stdin.Close()
	stdout, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	armed := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "armed") {
				armed <- true
				_, _ = io.Copy(io.Discard, stdout)
				return
			}
		}
		armed <- false
	}()
	select {
	case ok := <-armed:
		if !ok {
			return errors.New("it ended before it was armed")
		}
	case <-time.After(30 * time.Second):
		return errors.New("it was not armed in time")
	}
	time.Sleep(r.settle) // an illness has no event by which it shows itself
	out, err := exec.CommandContext(ctx, r.gomedic, "check", strconv.Itoa(c.Process.Pid),
		"--for", r.lasts.String(), "--save", path, "--json").CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		err = nil // findings
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
