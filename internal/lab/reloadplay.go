package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// play plays one case. took gets the time of each edit that was taken in.
func (s *reloadSession) play(ctx context.Context, c *ReloadCase, base map[string][]byte, took *[]float64) error {
	for _, step := range c.steps {
		if err := s.step(ctx, step.args, base, took); err != nil {
			return fmt.Errorf("line %d, %s: %w", step.line, strings.Join(step.args, " "), err)
		}
	}
	return nil
}

func (s *reloadSession) step(ctx context.Context, args []string, base map[string][]byte, took *[]float64) error {
	switch args[0] {
	case "save":
		s.style = args[1]
	case "edit":
		return s.edit(args[1], args[2:]...)
	case "write":
		b, ok := base["more/"+args[2]]
		if !ok {
			return fmt.Errorf("no file more/%s", args[2])
		}
		s.begin()
		return s.write(args[1], b, s.style)
	case "want":
		return s.want(ctx, args[1], args[2], took)
	case "tells":
		if !strings.Contains(s.last.raw, args[1]) {
			return fmt.Errorf("it tells %s", s.last.raw)
		}
	case "shows":
		return s.wait(ctx, reloadWithin, func() bool { return s.draws(args[1]) })
	case "counts":
		before := s.count
		if err := s.wait(ctx, reloadWithin, func() bool { return s.counted() > before }); err != nil {
			return fmt.Errorf("the count was %d and is %d: %w", before, s.counted(), err)
		}
	case "nothing":
		quiet := time.Second
		if len(args) > 1 {
			n, err := strconv.Atoi(args[1])
			if err != nil {
				return err
			}
			quiet = time.Duration(n) * time.Second
		}
		read := s.read
		if c, err := s.until(ctx, quiet, func(c reloadChain) bool { return c.Action != "ready" }); err == nil {
			return fmt.Errorf("it became %s", c.raw)
		}
		s.read = read
	case "report":
		c, err := s.until(ctx, reloadWithin, func(c reloadChain) bool { return c.Action == "report" && strings.Contains(c.raw, args[1]) })
		s.last = c
		return err
	case "torn":
		gap, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return s.torn(ctx, time.Duration(gap)*time.Millisecond, n, args[3], args[4:])
	case "many":
		n, err := strconv.Atoi(args[3])
		if err != nil {
			return err
		}
		now := args[2]
		for i := range n {
			next := fmt.Sprintf("%s %d", args[2], i+1)
			if err := s.edit(args[1], now, next); err != nil {
				return err
			}
			if err := s.want(ctx, "swap", "ok", took); err != nil {
				return fmt.Errorf("edit %d: %w", i+1, err)
			}
			if err := s.wait(ctx, reloadWithin, func() bool { return s.draws(next) }); err != nil {
				return fmt.Errorf("edit %d is not shown: %w", i+1, err)
			}
			now = next
		}
	default:
		return fmt.Errorf("%q is no step of a program", args[0])
	}
	return nil
}

// begin is before an edit.
func (s *reloadSession) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mark, s.count, s.read = len(s.lines), s.counted(), len(s.chains)
}

func (s *reloadSession) edit(name string, oldNew ...string) error {
	text := string(s.files[name])
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(text, oldNew[i]) {
			return fmt.Errorf("%s has no %q", name, oldNew[i])
		}
		text = strings.Replace(text, oldNew[i], oldNew[i+1], 1)
	}
	s.begin()
	return s.write(name, []byte(text), s.style)
}

func (s *reloadSession) want(ctx context.Context, action, outcome string, took *[]float64) error {
	c, err := s.until(ctx, reloadWithin, func(c reloadChain) bool { return c.Action != "report" && c.Action != "ready" })
	if err != nil {
		return err
	}
	s.last = c
	if c.Action != action || c.Outcome != outcome {
		return fmt.Errorf("it is %s %s: %s", c.Action, c.Outcome, c.raw)
	}
	if c.Outcome == "ok" && c.Action != "skip" {
		*took = append(*took, c.TookMS)
	}
	return nil
}

// write saves a file in one of the ways that editors have.
func (s *reloadSession) write(name string, b []byte, style string) error {
	path := filepath.Join(s.dir, name)
	s.files[name] = b
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	switch style {
	case "", "in-place":
		return os.WriteFile(path, b, 0o644)
	case "pieces": // as a program that makes what it writes
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		for len(b) > 0 && err == nil {
			n := min(len(b), 64)
			_, err = f.Write(b[:n])
			b = b[n:]
			time.Sleep(3 * time.Millisecond)
		}
		return errors.Join(err, f.Close())
	case "rename": // GoLand, GNU sed
		if err := os.WriteFile(path+"___jb_tmp___", b, 0o644); err != nil {
			return err
		}
		return os.Rename(path+"___jb_tmp___", path)
	case "vim": // backup moved away, the file written anew, the backup removed
		if err := os.Rename(path, path+"~"); err != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
		if err := os.WriteFile(path, b, 0o644); err != nil {
			return err
		}
		return os.Remove(path + "~")
	case "vscode": // truncated, then written
		if err := os.Truncate(path, 0); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
		return os.WriteFile(path, b, 0o644)
	}
	return fmt.Errorf("no way to save is called %q", style)
}

// WriteReload writes a case's line, and what went wrong.
func WriteReload(w io.Writer, c *ReloadCase) {
	mark := "✓"
	if !c.Passed {
		mark = "✗"
	}
	took := ""
	if c.TookMS > 0 {
		took = fmt.Sprintf("%.0f ms", c.TookMS)
	}
	fmt.Fprintf(w, "%s %-12s %-34s %s\n", mark, c.Program, c.Name, took)
	if !c.Passed {
		fmt.Fprintf(w, "    %s\n    %s\n", c.Why, strings.ReplaceAll(strings.TrimSpace(c.Tail), "\n", "\n    "))
	}
}
