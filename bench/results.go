//go:build linux

package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// figures sum trials up, in milliseconds.
type figures struct {
	Median float64 `json:"median_ms"`
	Min    float64 `json:"min_ms"`
	Max    float64 `json:"max_ms"`
	N      int     `json:"n"`
}

// conditions are where and when something was measured.
type conditions struct {
	Date   string   `json:"date"`
	Kernel string   `json:"kernel"`
	Go     string   `json:"go"`
	CPUs   int      `json:"cpus"`
	Load   []string `json:"load"` // before and after
}

// results are one run's figures.
type results struct {
	conditions
	Delve    string     `json:"delve"`
	Fault    string     `json:"fault"`
	Compared []compared `json:"compared"`
	Stops    []stopped  `json:"stops"`
	Verdicts []verdict  `json:"verdicts"`
	Help     figures    `json:"help"`
	Bytes    int64      `json:"bytes"`
}

// compared is one tool on one program.
type compared struct {
	Target string   `json:"target"`
	Tool   string   `json:"tool"`
	Time   figures  `json:"time"`
	Pause  *figures `json:"pause"` // null: the program ends
}

// stopped is the pause of one sample with everything stopped.
type stopped struct {
	Target    string  `json:"target"`
	Stop      figures `json:"stop"`          // by gomedic's own clock
	Heartbeat figures `json:"heartbeat"`     // inside the target
	Runtime   figures `json:"runtime_stack"` // runtime.Stack of all goroutines, by the program itself
}

// verdict is gomedic from start to verdict.
type verdict struct {
	Command string  `json:"command"`
	Bar     float64 `json:"bar_ms"`
	Time    figures `json:"time"`
}

func newResults(b *bench) *results {
	return &results{conditions: newConditions(), Delve: delveVersion, Fault: b.fault}
}

func newConditions() conditions {
	c := conditions{Date: time.Now().UTC().Format(time.DateOnly), Go: runtime.Version(), CPUs: runtime.NumCPU(), Load: []string{load()}}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		// What follows the number names a distribution, or a machine.
		c.Kernel, _, _ = strings.Cut(unix.ByteSliceToString(u.Release[:]), "-")
	}
	return c
}

func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if f := strings.Fields(string(b)); err == nil && len(f) > 0 {
		return f[0]
	}
	return "?"
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func summary(ds []time.Duration) figures {
	if len(ds) == 0 {
		return figures{}
	}
	s := slices.Sorted(slices.Values(ds))
	middle := (s[(len(s)-1)/2] + s[len(s)/2]) / 2
	return figures{Median: milliseconds(middle), Min: milliseconds(s[0]), Max: milliseconds(s[len(s)-1]), N: len(s)}
}

func (r *results) add(target, tool string, trials []measured) {
	var took, pause []time.Duration
	ends := false
	for _, m := range trials {
		took, pause, ends = append(took, m.took), append(pause, m.pause), ends || m.ends
	}
	c := compared{Target: target, Tool: tool, Time: summary(took)}
	if !ends {
		p := summary(pause)
		c.Pause = &p
	}
	r.Compared = append(r.Compared, c)
}

// String is "12.3 (11.0–15.9)": median, least, most.
func (f figures) String() string {
	return fmt.Sprintf("%s (%s–%s)", number(f.Median), number(f.Min), number(f.Max))
}

func number(ms float64) string {
	if ms >= 100 {
		return fmt.Sprintf("%.0f", ms)
	}
	return fmt.Sprintf("%.1f", ms)
}

// markdown is the table for bench/RESULTS.md.
func (r *results) markdown() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("# What gomedic costs\n\n")
	p("Measured by `bench/run` on %s: Linux %s, %d CPUs, %s, delve %s; load %s before and %s after.\n",
		r.Date, r.Kernel, r.CPUs, r.Go, r.Delve, r.Load[0], r.Load[len(r.Load)-1])
	p("All times are milliseconds: median (least–most).\n")
	p("\n## Time to the stack of the UI goroutine, and the pause caused\n\n")
	p("The pause is the longest gap between two beats of a thread inside the program, which beats every 0.1 ms.\n")
	p("Where nothing is done, it is what the machine itself adds.\n\n")
	p("| program | tool | time to the stack | pause |\n|---|---|---:|---:|\n")
	for _, c := range r.Compared {
		time, pause := c.Time.String(), "for ever: the program ends"
		if c.Pause != nil {
			pause = c.Pause.String()
		}
		if c.Tool == nobody {
			time = "–"
		}
		p("| %s | %s | %s | %s |\n", c.Target, c.Tool, time, pause)
	}
	p("\n`gomedic check --for 500ms` watches for half a second and explains the freeze; delve and SIGQUIT print stacks once.\n")
	p("\n## One sample of all goroutines with everything stopped\n\n")
	p("| program | stopped, by gomedic's clock | by the heartbeat | `runtime.Stack` inside the program |\n|---|---:|---:|---:|\n")
	for _, s := range r.Stops {
		p("| %s | %s | %s | %s |\n", s.Target, s.Stop, s.Heartbeat, s.Runtime)
	}
	p("\nBars: 3 ms for 1,000 goroutines, 20 ms for 10,000. `check` itself reads without a stop where it can.\n")
	p("\n## From start to verdict, on the frozen window\n\n")
	p("| command | time | bar |\n|---|---:|---:|\n")
	for _, v := range r.Verdicts {
		p("| `%s` | %s | %.0f |\n", v.Command, v.Time, v.Bar)
	}
	p("| `gomedic --help` | %s | 50 |\n", r.Help)
	p("\nThe binary has %.1f MB; the bar is 30 MB.\n", float64(r.Bytes)/1e6)
	return b.String()
}
