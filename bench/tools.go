//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
	"github.com/gomedic/gomedic/internal/probe/attach"
	"github.com/gomedic/gomedic/internal/proc"
)

// measured is one trial of one tool.
type measured struct {
	took  time.Duration // from its start until the place stood in its output
	pause time.Duration // the longest gap of the target's heartbeat meanwhile
	ends  bool          // the target is gone afterwards
}

// tool gets the stack of the target's UI goroutine.
type tool struct {
	name string
	run  func(b *bench, t *target) (measured, error)
}

// nobody is no tool: what the heartbeat sees when nothing is done.
const nobody = "nothing, for one second"

// tools are what is compared; the last one ends its target.
var tools = []tool{
	{"gomedic check --for 500ms --json", runCheck},
	{"gomedic, one sample (library)", runSample},
	{"dlv attach, goroutines -t", runDelve},
	{nobody, runNothing},
	{"SIGQUIT", runQuit},
}

// beating runs f and measures the target's pause meanwhile.
func beating(t *target, f func() (time.Duration, error)) (measured, error) {
	if err := t.beat.reset(); err != nil {
		return measured{}, err
	}
	took, err := f()
	time.Sleep(5 * time.Millisecond) // a gap is seen by the beat that ends it
	return measured{took: took, pause: t.beat.pause()}, err
}

// runCheck is the whole command: attach, watch, explain, report.
func runCheck(b *bench, t *target) (measured, error) {
	return beating(t, func() (time.Duration, error) { return b.check(t, "--for", "500ms", "--json") })
}

// check runs gomedic check and insists on the place in its answer.
func (b *bench) check(t *target, args ...string) (time.Duration, error) {
	c := exec.Command(b.gomedic, append([]string{"check", strconv.Itoa(t.pid())}, args...)...)
	start := time.Now()
	out, err := c.Output()
	took := time.Since(start)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return 0, fmt.Errorf("gomedic check: %w", err)
	}
	var r struct {
		Findings []struct {
			Where struct{ Function string }
		}
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return 0, fmt.Errorf("gomedic check: %w", err)
	}
	for _, f := range r.Findings {
		if f.Where.Function == t.place {
			return took, nil
		}
	}
	return 0, fmt.Errorf("gomedic check did not name %s: %s", t.place, out)
}

// runSample attaches and reads every goroutine's stack once, without a stop.
func runSample(_ *bench, t *target) (measured, error) {
	return beating(t, func() (time.Duration, error) {
		start := time.Now()
		a, err := attach.Process(t.pid())
		if err != nil {
			return 0, err
		}
		defer a.Close()
		s, err := a.Program.Goroutines(gort.Options{Threads: a.Process.ThreadIDs()})
		if err != nil {
			return 0, err
		}
		for _, g := range s.Goroutines {
			for i := range g.Frames {
				for _, c := range a.Program.Calls(&g.Frames[i]) {
					if c.Function == t.place {
						return time.Since(start), nil
					}
				}
			}
		}
		return 0, fmt.Errorf("%s is on no stack", t.place)
	})
}

// runDelve lets delve print all stacks and go away again, leaving the target be.
func runDelve(b *bench, t *target) (measured, error) {
	return beating(t, func() (time.Duration, error) {
		c := exec.Command(b.delve, "attach", strconv.Itoa(t.pid()), "--allow-non-terminal-interactive", "--init", b.delveInit)
		c.Stdin = strings.NewReader("n\n") // "Would you like to kill the process?"
		out, err := c.StdoutPipe()
		if err != nil {
			return 0, err
		}
		c.Stderr = io.Discard
		start := time.Now()
		if err := c.Start(); err != nil {
			return 0, err
		}
		took, err := seen(out, t.place, start)
		if e := c.Wait(); err == nil {
			err = e
		}
		if err != nil {
			return 0, fmt.Errorf("dlv: %w", err)
		}
		return took, nil
	})
}

// runQuit lets the runtime print all stacks; the program ends.
func runQuit(_ *bench, t *target) (measured, error) {
	start := time.Now()
	if err := t.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		return measured{}, err
	}
	dumped := make(chan []byte)
	go func() { dump, _ := io.ReadAll(t.stderr); dumped <- dump }()
	_ = t.cmd.Wait() // it has printed all when it is gone; SIGQUIT is its exit status
	took := time.Since(start)
	// A child of the program may keep its standard error open.
	err := t.stderr.SetReadDeadline(time.Now().Add(time.Second))
	dump := <-dumped
	if err == nil && !bytes.Contains(dump, []byte(t.place)) {
		err = fmt.Errorf("SIGQUIT: %s is not in %d bytes of dump", t.place, len(dump))
	}
	return measured{took: took, ends: true}, err
}

// runNothing is what the heartbeat sees when nobody does anything: the noise.
func runNothing(_ *bench, t *target) (measured, error) {
	return beating(t, func() (time.Duration, error) { time.Sleep(time.Second); return time.Second, nil })
}

// seen reads everything, and says when place first stood in it.
func seen(r io.Reader, place string, start time.Time) (time.Duration, error) {
	var tail []byte
	var took time.Duration
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		if took == 0 && n > 0 {
			tail = append(tail, buf[:n]...)
			if bytes.Contains(tail, []byte(place)) {
				took = time.Since(start)
			}
			tail = tail[max(0, len(tail)-len(place)):]
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	if took == 0 {
		return 0, fmt.Errorf("%s did not come", place)
	}
	return took, nil
}

// stopAll measures the pause of one sample with every thread stopped.
func stopAll(t *target, n int) (stops, beats []time.Duration, err error) {
	a, err := attach.Process(t.pid())
	if err != nil {
		return nil, nil, err
	}
	defer a.Close()
	for range n {
		tracer := proc.NewTracer(a.Process)
		m, err := beating(t, func() (time.Duration, error) {
			_, err := a.Program.Goroutines(gort.Options{Stopper: tracer, StopAll: true, Threads: a.Process.ThreadIDs()})
			return 0, err
		})
		cost := tracer.Cost()
		tracer.Close()
		if err != nil {
			return nil, nil, err
		}
		stops, beats = append(stops, cost.Total), append(beats, m.pause)
	}
	return stops, beats, nil
}

// runtimeStack lets the program itself print all stacks, and returns its times.
func runtimeStack(t *target, n int) ([]time.Duration, error) {
	var out []time.Duration
	for range n {
		if _, err := io.WriteString(t.stdin, "stack\n"); err != nil {
			return nil, err
		}
		if !t.lines.Scan() {
			return nil, errors.New("the program ended")
		}
		ns, err := strconv.ParseInt(t.lines.Text(), 10, 64)
		if err != nil {
			return nil, err
		}
		out = append(out, time.Duration(ns))
	}
	return out, nil
}

// help times gomedic --help.
func (b *bench) help(n int) ([]time.Duration, error) {
	var out []time.Duration
	for range n {
		start := time.Now()
		if err := exec.Command(b.gomedic, "--help").Run(); err != nil {
			return nil, err
		}
		out = append(out, time.Since(start))
	}
	return out, nil
}

// size of a file in bytes.
func size(path string) (int64, error) {
	st, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}
