//go:build linux

// Command native measures what gomedic native costs a program that allocates C memory a
// hundred thousand times a second, and whether its figures are right; the same loop under
// heaptrack and valgrind's memcheck, where they are installed; and how long a look at a
// million chunks takes. It prints the tables of NATIVE.md.
//
//	go run ./bench/native -gomedic bin/gomedic
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
)

func main() {
	gomedic := flag.String("gomedic", "bin/gomedic", "the gomedic to measure")
	rounds := flag.Int("rounds", 4, "pairs of phases without and with gomedic")
	lasts := flag.Duration("for", 10*time.Second, "the length of a phase")
	flag.Parse()
	if err := run(*gomedic, *rounds, *lasts); err != nil {
		fmt.Fprintln(os.Stderr, "native:", err)
		os.Exit(1)
	}
}

func run(gomedic string, rounds int, lasts time.Duration) error {
	dir, err := os.MkdirTemp("", "native")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"loop", "chunks"} {
		c := exec.Command("go", "build", "-o", filepath.Join(dir, name), "./bench/native/testdata/"+name)
		c.Env = append(os.Environ(), "CGO_ENABLED=1")
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
	}
	if err := cost(gomedic, filepath.Join(dir, "loop"), rounds, lasts); err != nil {
		return err
	}
	if err := cost(gomedic, filepath.Join(dir, "loop"), rounds, lasts, "--exact"); err != nil {
		return err
	}
	others(gomedic, filepath.Join(dir, "loop"), dir)
	return look(gomedic, filepath.Join(dir, "chunks"))
}

// point is one line of the loop's.
type point struct{ at, rounds, cpu float64 }

// loop is a running loop.
type loop struct {
	cmd  *exec.Cmd
	spin string // its work in a round
	mu   sync.Mutex
	all  []point
}

func start(name string, args ...string) (*loop, error) {
	l := &loop{cmd: exec.Command(name, args...)}
	if filepath.Base(name) == "heaptrack" {
		l.cmd.Dir = os.TempDir() // where it leaves files
	}
	l.cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true} // it may start the loop, and leave it running
	pipe := l.cmd.StdoutPipe
	if slices.Contains(args, "--") { // gomedic gives a program that it starts its own standard error
		pipe = l.cmd.StderrPipe
	}
	out, err := pipe()
	if err != nil {
		return nil, err
	}
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			var p point
			if spin, ok := strings.CutPrefix(s.Text(), "spin "); ok {
				l.mu.Lock()
				l.spin = spin
				l.mu.Unlock()
			}
			if n, _ := fmt.Sscan(s.Text(), &p.at, &p.rounds, &p.cpu); n == 3 {
				l.mu.Lock()
				l.all = append(l.all, p)
				l.mu.Unlock()
			}
		}
	}()
	return l, nil
}

func (l *loop) end() {
	_ = unix.Kill(-l.cmd.Process.Pid, unix.SIGKILL)
	_ = l.cmd.Wait()
}

// phase is what the loop did meanwhile: rounds for each second of its CPU time and of
// the clock.
func (l *loop) phase(during func() error) (perCPU, perSecond float64, err error) {
	l.mu.Lock()
	from := len(l.all)
	l.mu.Unlock()
	if err := during(); err != nil {
		return 0, 0, err
	}
	time.Sleep(300 * time.Millisecond)
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all[min(from, len(l.all)):]
	if len(all) < 3 {
		return 0, 0, fmt.Errorf("the loop wrote %d lines", len(all))
	}
	a, b := all[0], all[len(all)-1]
	return (b.rounds - a.rounds) / (b.cpu - a.cpu) * 1e9, (b.rounds - a.rounds) / (b.at - a.at) * 1e9, nil
}

// result is what gomedic found, and what it took.
type result struct {
	*evidence.Native
	report report.Report
	begun  float64 // on the loop's clock, seconds
	cpu    time.Duration
}

func native(gomedic string, pid int, args ...string) (*result, error) {
	save, err := os.CreateTemp("", "native*.gomedic")
	if err != nil {
		return nil, err
	}
	defer os.Remove(save.Name())
	defer save.Close()
	r := &result{begun: monotonic()}
	c := exec.Command(gomedic, append([]string{"native", strconv.Itoa(pid), "--json", "--save", save.Name()}, args...)...)
	out, err := c.Output()
	if c.ProcessState == nil || c.ProcessState.ExitCode() > 1 {
		return nil, fmt.Errorf("gomedic: %w\n%s", err, out)
	}
	r.cpu = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	if err := json.Unmarshal(out, &r.report); err != nil {
		return nil, err
	}
	saved, err := os.Open(save.Name()) // it was replaced
	if err != nil {
		return nil, err
	}
	defer saved.Close()
	st, err := saved.Stat()
	if err != nil {
		return nil, err
	}
	ev, err := evidence.ReadBundle(saved, st.Size())
	if err != nil {
		return nil, err
	}
	r.Native = ev.Native
	return r, nil
}

// between is how many rounds the loop made in a second, between two moments.
func (l *loop) between(from, to float64) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var a, b *point
	for i := range l.all {
		p := &l.all[i]
		if p.at/1e9 >= from && a == nil {
			a = p
		}
		if p.at/1e9 <= to {
			b = p
		}
	}
	if a == nil || b == nil || b.at <= a.at {
		return 0
	}
	return (b.rounds - a.rounds) / (b.at - a.at) * 1e9
}

func monotonic() float64 {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return float64(ts.Nano()) / 1e9
}

// cost compares phases without and with gomedic, in turn.
func cost(gomedic, exe string, rounds int, lasts time.Duration, args ...string) error {
	l, err := start(exe)
	if err != nil {
		return err
	}
	defer l.end()
	time.Sleep(time.Second)
	fmt.Println(strings.TrimSpace("gomedic native " + strings.Join(args, " ")))
	fmt.Println()
	fmt.Println("| pair | allocations a second | slower by CPU time | recorded of | bytes a second, of the truth | found | stopped |")
	fmt.Println("|---|---|---|---|---|---|---|")
	var slower []float64
	for i := range rounds {
		without, _, err := l.phase(func() error { time.Sleep(lasts); return nil })
		if err != nil {
			return err
		}
		var r *result
		with, _, err := l.phase(func() (err error) {
			r, err = native(gomedic, l.cmd.Process.Pid, append([]string{"--for", lasts.String()}, args...)...)
			return err
		})
		if err != nil {
			return err
		}
		size := 72.0 // what malloc_usable_size says of a block of 64
		if slices.Contains(args, "--exact") {
			size = 64 // what was asked for
		}
		rec := r.Recording
		from := r.begun + rec.From.Seconds()
		rate := l.between(from, from+rec.Span.Seconds())
		var bytes int64
		for _, s := range r.Sites {
			bytes += s.AllocatedBytes
		}
		found := "nothing"
		if f := r.report.Findings; len(f) > 0 {
			found = f[0].ID + " " + f[0].Where.Function
		}
		s := without/with - 1
		slower = append(slower, s)
		fmt.Printf("| %d | %.0f | %.1f %% | %.1f s of %.1f s | %.1f %% | %s | %.0f ms |\n", i+1, rate, 100*s, rec.On.Seconds(), rec.Span.Seconds(),
			100*float64(bytes)*rec.Scale()/rec.Span.Seconds()/(rate*size), found, r.report.Probes[0].StoppedMS)
	}
	slices.Sort(slower)
	fmt.Printf("\nmedian: %.1f %% slower\n\n", 100*slower[len(slower)/2])
	return nil
}

// others runs the loop under other tools, and under what gomedic preloads.
func others(gomedic, exe, dir string) {
	const lasts = 8 * time.Second
	plain, err := start(exe)
	if err != nil {
		return
	}
	time.Sleep(time.Second)
	without, _, err := plain.phase(func() error { time.Sleep(lasts); return nil })
	fmt.Println("| tool | rounds for a second of CPU | slower | a pair costs, with what it does to the rest |")
	fmt.Println("|---|---|---|---|")
	row := func(name string, rounds float64, err error) {
		if err != nil {
			fmt.Printf("| %s | %v | | |\n", name, strings.ReplaceAll(err.Error(), "\n", " "))
			return
		}
		fmt.Printf("| %s | %.0f | %.1f %% | %.0f ns |\n", name, rounds, 100*(without/rounds-1), 1e9/rounds-1e9/without)
	}
	row("none", without, err)
	if path, err := exec.LookPath("heaptrack"); err == nil {
		with, _, err := plain.phase(func() error {
			c := exec.Command(path, "-p", strconv.Itoa(plain.cmd.Process.Pid), "-o", filepath.Join(dir, "attached"))
			c.Dir = dir                                      // where it leaves files
			c.SysProcAttr = &unix.SysProcAttr{Setpgid: true} // it is a script that starts others
			if err := c.Start(); err != nil {
				return err
			}
			time.Sleep(lasts)
			_ = unix.Kill(-c.Process.Pid, unix.SIGKILL)
			_ = c.Wait()
			return nil
		})
		row("heaptrack, attached (the phase with its start)", with, err)
	}
	spin := plain.spin
	plain.end()
	for _, tool := range []struct {
		name string
		args []string
	}{{gomedic, []string{"native", "--for", "60s", "--", exe, spin}}, {"heaptrack", []string{"-o", filepath.Join(dir, "preloaded"), exe, spin}},
		{"valgrind", []string{"--leak-check=full", exe, spin}}} {
		path, err := exec.LookPath(tool.name)
		if err != nil {
			continue
		}
		l, err := start(path, tool.args...)
		if err != nil {
			row(tool.name, 0, err)
			continue
		}
		time.Sleep(5 * time.Second)
		with, _, err := l.phase(func() error { time.Sleep(lasts); return nil })
		row(filepath.Base(tool.name)+", from the start", with, err)
		l.end()
	}
	fmt.Println()
}

// look measures a look at a million chunks.
func look(gomedic, exe string) error {
	c := exec.Command(exe)
	if _, err := c.StdinPipe(); err != nil {
		return err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	bufio.NewScanner(out).Scan()
	fmt.Println("| chunks | lost, of 100,000 | a look takes | gomedic's CPU time, all in all | the program stood |")
	fmt.Println("|---|---|---|---|---|")
	for range 3 {
		r, err := native(gomedic, c.Process.Pid, "--snapshot")
		if err != nil {
			return err
		}
		l := &r.Looks[0]
		fmt.Printf("| %d | %d | %.2f s | %.2f s | %.0f ms |\n", l.Chunks, l.Lost, l.Took.Seconds(), r.cpu.Seconds(), r.report.Probes[0].StoppedMS)
	}
	return nil
}
