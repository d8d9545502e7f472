//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// window is over how long frames are counted.
const window = 10 * time.Second

// stops measures one look after another at one program: the frames before, from the
// look's begin on, and after gomedic is gone.
func (b *bench) stops(ctx context.Context, r *results) error {
	t, err := b.start(b.stopAt)
	if err != nil {
		return err
	}
	defer t.end()
	r.Stop = &stop{Live: t.live}
	for i := range b.rounds {
		before, err := t.during(ctx, window)
		if err != nil {
			return err
		}
		type outcome struct {
			used
			stopped time.Duration
			err     error
		}
		done := make(chan outcome, 1)
		go func() {
			u, h, err := b.leak(ctx, t.pid(), "--looks", "1")
			o := outcome{used: u, err: err}
			if err == nil {
				o.stopped = h.Looks[0].Stopped
			}
			done <- o
		}()
		from, err := t.during(ctx, window)
		if err != nil {
			return err
		}
		o := <-done
		if o.err != nil {
			return o.err
		}
		after, err := t.during(ctx, window)
		if err != nil {
			return err
		}
		logf("look %d: stopped %v, gap %d µs (before %d, after %d); p99 %d, %d, %d µs; %v", i+1, o.stopped,
			from.Longest, before.Longest, after.Longest, before.P99, from.P99, after.P99, o.took)
		s := r.Stop
		s.Stopped = append(s.Stopped, milliseconds(o.stopped))
		s.Took = append(s.Took, milliseconds(o.took))
		s.Peak = max(s.Peak, o.peak)
		for k, f := range []frames{before, from, after} {
			s.Gap[k] = append(s.Gap[k], float64(f.Longest)/1000)
			s.P50[k] = append(s.P50[k], float64(f.P50)/1000)
			s.P99[k] = append(s.P99[k], float64(f.P99)/1000)
		}
	}
	return nil
}

// other is another tool: what it is called, and what it does to a program.
type other struct {
	name string
	what string
	here bool
	run  func(ctx context.Context, t *target) (used, int64, error) // with the bytes that it wrote
}

// tools measures other tools, on a program like the one of stops, and gomedic
// beside them.
func (b *bench) tools(ctx context.Context, r *results) error {
	t, err := b.start(b.stopAt)
	if err != nil {
		return err
	}
	defer t.end()
	core := filepath.Join(b.dir, "core")
	command := func(bin, file string, args ...string) func(context.Context, *target) (used, int64, error) {
		return func(ctx context.Context, t *target) (used, int64, error) {
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "PID", t.pid())
			}
			c := exec.CommandContext(ctx, bin, args...)
			c.Dir, c.Env = b.dir, append(os.Environ(), "HOME="+b.dir)
			c.Stdin = strings.NewReader("n\n") // delve: "Would you like to kill the process?"
			u, err := measure(c)
			if err != nil {
				return u, 0, err
			}
			return u, size(file), nil
		}
	}
	script := filepath.Join(b.dir, "delve.init")
	if err := os.WriteFile(script, []byte("dump "+filepath.Join(b.dir, "delve.core")+"\nexit\n"), 0o600); err != nil {
		return err
	}
	others := []other{
		{"gomedic leak --looks 1", "reads all, tells what holds what", true, func(ctx context.Context, t *target) (used, int64, error) {
			u, _, err := b.leak(ctx, t.pid(), "--looks", "1")
			return u, 0, err
		}},
		{"grf attach", "reads all, writes a profile of what holds what", b.grf != "",
			command(b.grf, filepath.Join(b.dir, "grf.out"), "attach", "PID", "-o", filepath.Join(b.dir, "grf.out"))},
		{"gcore", "writes a core file, reads nothing", b.gcore != "", command(b.gcore, "", "-o", core, "PID")},
		{"dlv attach, dump", "writes a core file, reads nothing", b.dlv != "",
			command(b.dlv, filepath.Join(b.dir, "delve.core"), "attach", "PID", "--allow-non-terminal-interactive", "--init", script)},
		{"debug.WriteHeapDump", "writes a dump, reads nothing; the program must call it", true, func(ctx context.Context, t *target) (used, int64, error) {
			var d struct{ Took, Bytes int64 }
			err := t.ask("dump "+filepath.Join(b.dir, "heap.dump"), &d)
			return used{took: time.Duration(d.Took) * time.Microsecond}, d.Bytes, err
		}},
	}
	r.Tools = nil
	for _, o := range others {
		if !o.here {
			continue
		}
		row := tool{Name: o.name, What: o.what, Live: t.live}
		for range b.others {
			if _, err := t.during(ctx, time.Second); err != nil {
				return err
			}
			u, wrote, err := o.run(ctx, t)
			if err != nil {
				row.Failed = firstLine(err.Error())
				logf("%s: %v", o.name, err)
				break
			}
			f, err := t.report()
			if err != nil {
				return fmt.Errorf("%s: the program is gone: %w", o.name, err)
			}
			if o.name == "gcore" {
				wrote = size(core + "." + t.pid())
			}
			logf("%s: %v, gap %d µs, peak %d MB, wrote %d MB", o.name, u.took, f.Longest, u.peak/1e6, wrote/1e6)
			row.Took, row.Gap = append(row.Took, milliseconds(u.took)), append(row.Gap, float64(f.Longest)/1000)
			row.Peak, row.Wrote = max(row.Peak, u.peak), max(row.Wrote, wrote)
		}
		r.Tools = append(r.Tools, row)
	}
	if b.viewcore != "" && b.gcore != "" {
		row := tool{Name: "viewcore histogram", What: "reads gcore's file; the program runs meanwhile", Live: t.live}
		c := exec.CommandContext(ctx, b.viewcore, core+"."+t.pid(), "histogram", "--top", "20", "--exe", b.target)
		c.Env = append(os.Environ(), "HOME="+b.dir)
		u, err := measure(c)
		if err != nil {
			row.Failed = firstLine(err.Error())
		}
		logf("%s: %v, peak %d MB, %v", row.Name, u.took, u.peak/1e6, err)
		row.Took, row.Peak = []float64{milliseconds(u.took)}, u.peak
		r.Tools = append(r.Tools, row)
	}
	return nil
}

// scale measures time and memory by the number of objects.
func (b *bench) scale(ctx context.Context, r *results) error {
	r.Scale = nil
	for _, n := range b.objects {
		t, err := b.start(n)
		if err != nil {
			return err
		}
		for _, args := range [][]string{{"--looks", "1"}, {"--looks", "2", "--interval", "1s"}} {
			row := scaled{Live: t.live, Args: strings.Join(args, " ")}
			for range 2 {
				u, h, err := b.leak(ctx, t.pid(), args...)
				if err != nil {
					t.end()
					return err
				}
				logf("%d objects, %s: %v, peak %d MB; stopped %v", n, row.Args, u.took, u.peak/1e6, h.Looks[0].Stopped)
				row.Took, row.Peak = append(row.Took, milliseconds(u.took)), max(row.Peak, u.peak)
				row.Stopped = append(row.Stopped, milliseconds(h.Looks[0].Stopped))
			}
			r.Scale = append(r.Scale, row)
		}
		t.end()
	}
	return nil
}

func firstLine(s string) string { line, _, _ := strings.Cut(s, "\n"); return line }

func size(path string) int64 {
	if st, err := os.Stat(path); err == nil {
		return st.Size()
	}
	return 0
}

func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	f, _, _ := strings.Cut(string(b), " ")
	if _, err := strconv.ParseFloat(f, 64); err != nil {
		return "?"
	}
	return f
}
