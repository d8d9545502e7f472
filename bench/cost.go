//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/internal/probe/frames"
)

// cost is what a watch costs the program, beside what the program's own trace and
// profile cost it, in one and the same process. Times are microseconds.
type cost struct {
	Program string `json:"program"`
	Frames  int    `json:"frames_a_second"`
	Base    spread `json:"cpu_a_frame_us"`
	// What is added to the CPU time of the whole process for each frame, and to the
	// median of the frames by the program's clock.
	CPU  map[string]spread `json:"cpu_added_us"`
	Time map[string]spread `json:"time_added_us"`

	Hits    float64 `json:"probe_hits_a_frame"`
	Looks   float64 `json:"looks_a_frame"`
	Switch  float64 `json:"switches_a_frame"`
	InProbe float64 `json:"in_probes_us_a_frame"` // by the kernel's statistics

	First   spread `json:"start_to_first_frame_us"`
	Removal spread `json:"removal_us"`
	// Longest frame while the probes are put in place, are removed, and when
	// nothing is done, for the same time.
	Attach, Detach, Quiet spread
	// … and while this process only computes, for as long.
	Busy   spread
	Own    spread   `json:"own_cpu_percent"`
	Mapped []string `json:"mappings_added"`
	RSS    int      `json:"rss_added_kib"`
}

// spread is the median and the quartiles.
type spread struct {
	Low    float64 `json:"q1"`
	Median float64 `json:"median"`
	High   float64 `json:"q3"`
	N      int     `json:"n"`
}

func spreadOf(v []float64) spread {
	if len(v) == 0 {
		return spread{}
	}
	s := slices.Sorted(slices.Values(v))
	at := func(p float64) float64 { return s[min(len(s)-1, int(p*float64(len(s))))] }
	return spread{Low: at(0.25), Median: at(0.5), High: at(0.75), N: len(s)}
}

func (s spread) String() string {
	f := "%.1f (%.1f–%.1f)"
	if max(s.High, -s.Low) >= 100 {
		f = "%.0f (%.0f–%.0f)"
	}
	return fmt.Sprintf(f, s.Median, s.Low, s.High)
}

// What is compared.
const (
	off     = "off"
	gomedic = "gomedic"
	traced  = "trace"
	profile = "profile"
)

// window is a time in which something was on.
type window struct {
	what     string
	from, to int64 // CLOCK_MONOTONIC
	cpu      time.Duration
	// Of gomedic: when the probes were being put in place, and removed.
	attach, detach [2]int64
	busy           [2]int64
	first, own     time.Duration
}

const (
	windowFor = 1500 * time.Millisecond
	settleFor = 50 * time.Millisecond
)

func (b *bench) cost(ctx context.Context, p painted) (*cost, error) {
	c, err := b.paint(p)
	if err != nil {
		return nil, err
	}
	defer c.end()
	time.Sleep(time.Second) // it has just begun to draw
	r := &cost{Program: p.title, CPU: map[string]spread{}, Time: map[string]spread{}}
	before, rss := mappings(c.pid()), residentKiB(c.pid())
	var ws []window
	for range b.pairs {
		for _, what := range append([]string{gomedic}, b.others()...) {
			for _, on := range []string{off, what} {
				w, err := b.measure(ctx, c, on)
				if err != nil {
					return nil, err
				}
				ws = append(ws, *w)
			}
		}
		fmt.Fprint(b.log, ".")
	}
	w, err := b.measure(ctx, c, off)
	if err != nil {
		return nil, err
	}
	ws = append(ws, *w)
	if err := r.inProbes(ctx, c); err != nil {
		return nil, err
	}
	all, err := c.frames(monotonic())
	if err != nil {
		return nil, err
	}
	if p.toolkit == "ebitengine" {
		all = drawToDraw(all)
	}
	r.compare(ws, all)
	for _, m := range mappings(c.pid()) {
		if !slices.Contains(before, m) && strings.Contains(m, "uprobes") {
			r.Mapped = append(r.Mapped, m)
		}
	}
	r.RSS = residentKiB(c.pid()) - rss
	return r, nil
}

// measure lets the program draw for a while with one thing on.
func (b *bench) measure(ctx context.Context, c *canvas, what string) (*window, error) {
	w := &window{what: what}
	run := func(d time.Duration) {
		time.Sleep(settleFor)
		w.from, w.cpu = monotonic(), -cpu(c.pid())
		time.Sleep(d)
		w.to, w.cpu = monotonic(), w.cpu+cpu(c.pid())
		time.Sleep(settleFor)
	}
	switch what {
	case gomedic:
		return w, b.watched(ctx, c, w, run)
	case traced, profile:
		s := map[string]syscall.Signal{traced: syscall.SIGUSR1, profile: syscall.SIGUSR2}[what]
		if err := c.toggle(s, what+" on"); err != nil {
			return nil, err
		}
		run(windowFor)
		return w, c.toggle(s, what+" off")
	}
	run(windowFor)
	return w, nil
}

// watched runs the window with gomedic's probes in place.
func (b *bench) watched(ctx context.Context, c *canvas, w *window, run func(time.Duration)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	first, done := make(chan struct{}), make(chan error, 1)
	var usage unix.Rusage
	w.attach[0] = monotonic()
	began := time.Now()
	go func() {
		said := false
		_, err := watchProgram(ctx, c.pid(), frames.Options{Each: func(frames.Update) {
			if !said {
				said = true
				w.first = time.Since(began)
				close(first)
			}
		}})
		done <- err
	}()
	select {
	case <-first:
	case err := <-done:
		return err
	}
	w.attach[1] = monotonic()
	_ = unix.Getrusage(unix.RUSAGE_SELF, &usage)
	at := time.Now()
	run(windowFor)
	used := -time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	_ = unix.Getrusage(unix.RUSAGE_SELF, &usage)
	used += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	w.own = time.Duration(float64(used) / time.Since(at).Seconds()) // a second
	w.detach[0] = monotonic()
	stop()
	err := <-done
	w.detach[1] = monotonic()
	time.Sleep(settleFor)
	w.busy[0] = monotonic()
	for w.busy[1] < w.busy[0]+int64(w.first) {
		w.busy[1] = monotonic()
	}
	time.Sleep(settleFor)
	return err
}

// drawToDraw are Ebitengine's frames: from one draw's start to the next's.
func drawToDraw(all []ownFrame) (out []ownFrame) {
	last := int64(0)
	for _, o := range all {
		if o.kind == "draw" {
			if last > 0 {
				out = append(out, ownFrame{"frame", last, o.start})
			}
			last = o.start
		}
	}
	return out
}

// compare takes each window with something on together with those before and
// after it.
func (r *cost) compare(ws []window, all []ownFrame) {
	within := func(from, to int64) (n int, times []time.Duration) {
		for _, o := range all {
			if o.end > from && o.end <= to {
				n++
				times = append(times, time.Duration(o.end-o.start))
			}
		}
		return n, times
	}
	longest := func(from, to int64) float64 {
		var most int64
		for _, o := range all {
			if o.end > from && o.start < to {
				most = max(most, o.end-o.start)
			}
		}
		return float64(most) / 1e3
	}
	us := func(d time.Duration) float64 { return float64(d) / 1e3 }
	perFrame, middle := make([]float64, len(ws)), make([]float64, len(ws))
	var base, frames []float64
	for i, w := range ws {
		n, times := within(w.from, w.to)
		perFrame[i], middle[i] = us(w.cpu)/float64(max(1, n)), us(percentile(times, 0.5))
		if w.what == off {
			base = append(base, perFrame[i])
			frames = append(frames, float64(n)/(float64(w.to-w.from)/1e9))
		}
	}
	r.Base, r.Frames = spreadOf(base), int(spreadOf(frames).Median)
	cpuAdded, timeAdded := map[string][]float64{}, map[string][]float64{}
	var first, removal, attached, detached, quiet, busy, own []float64
	for i, w := range ws {
		if w.what == off || i == 0 || i+1 == len(ws) {
			continue
		}
		cpuAdded[w.what] = append(cpuAdded[w.what], perFrame[i]-(perFrame[i-1]+perFrame[i+1])/2)
		timeAdded[w.what] = append(timeAdded[w.what], middle[i]-(middle[i-1]+middle[i+1])/2)
		if w.what != gomedic {
			continue
		}
		first, removal = append(first, us(w.first)), append(removal, float64(w.detach[1]-w.detach[0])/1e3)
		attached, detached = append(attached, longest(w.attach[0], w.attach[1])), append(detached, longest(w.detach[0], w.detach[1]))
		before := ws[i-1]
		quiet = append(quiet, longest(before.from, before.from+w.attach[1]-w.attach[0]))
		busy = append(busy, longest(w.busy[0], w.busy[1]))
		own = append(own, w.own.Seconds()*100)
	}
	for what := range cpuAdded {
		r.CPU[what], r.Time[what] = spreadOf(cpuAdded[what]), spreadOf(timeAdded[what])
	}
	r.First, r.Removal, r.Own = spreadOf(first), spreadOf(removal), spreadOf(own)
	r.Attach, r.Detach, r.Quiet, r.Busy = spreadOf(attached), spreadOf(detached), spreadOf(quiet), spreadOf(busy)
}

// inProbes counts how often the probes are hit, by the kernel's own statistics,
// which cost something themselves.
func (r *cost) inProbes(ctx context.Context, c *canvas) error {
	stats, err := ebpf.EnableStats(uint32(unix.BPF_STATS_RUN_TIME))
	if err != nil {
		return fmt.Errorf("count the probes' hits: %w", err)
	}
	defer stats.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	n := 0
	var before, after map[string]programStats
	_, err = watchProgram(ctx, c.pid(), frames.Options{Each: func(u frames.Update) {
		if u.Frame == nil || u.Frame.Undrawn {
			return
		}
		switch n++; n {
		case 20:
			before = ownPrograms()
		case 200:
			after = ownPrograms()
			stop()
		}
	}})
	if err != nil || after == nil {
		return err
	}
	const frames = 180
	for name, s := range after {
		hits := float64(s.count-before[name].count) / frames
		switch {
		case strings.HasPrefix(name, "on_site"):
			r.Hits += hits
		case name == "on_clock":
			r.Looks += hits
		default:
			r.Switch += hits
		}
		r.InProbe += float64(s.took-before[name].took) / frames / 1e3
	}
	return nil
}

type programStats struct {
	count uint64
	took  time.Duration
}

// ownPrograms are the statistics of the BPF programs that this process has loaded.
func ownPrograms() map[string]programStats {
	out := map[string]programStats{}
	files, _ := filepath.Glob("/proc/self/fdinfo/*")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil || strings.Contains(string(b), "link_id:") {
			continue
		}
		_, rest, ok := strings.Cut(string(b), "prog_id:")
		var id uint32
		if _, err := fmt.Sscan(rest, &id); !ok || err != nil {
			continue
		}
		p, err := ebpf.NewProgramFromID(ebpf.ProgramID(id))
		if err != nil {
			continue
		}
		if info, err := p.Info(); err == nil {
			if s, err := p.Stats(); err == nil {
				out[info.Name] = programStats{s.RunCount, s.Runtime}
			}
		}
		p.Close()
	}
	return out
}

// mappings are the lines of a process's memory map.
func mappings(pid int) []string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

func residentKiB(pid int) (n int) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	_, _ = fmt.Sscan(rest, &n)
	return n
}
