//go:build linux

package main

import (
	"fmt"
	"strings"
)

// watched are the figures of watching frames.
type watched struct {
	conditions
	Accuracy []accuracy `json:"accuracy"`
	Costs    []cost     `json:"costs"`
}

// markdown is the table for bench/RESULTS.md.
func (r *watched) markdown() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("# What watching frames costs\n\n")
	p("Measured by `bench/run -only frames` on %s: Linux %s, %d CPUs, %s; load %s before and %s after.\n",
		r.Date, r.Kernel, r.CPUs, r.Go, r.Load[0], r.Load[len(r.Load)-1])
	p("All times are microseconds: median (quartiles). The display is Xvfb, the driver llvmpipe.\n")
	p("\n## Agreement with the program's own clock\n\n")
	p("Each program logs its frames by CLOCK_MONOTONIC. Bars: the counts are the same, and p50 and p99 differ by at most 200.\n\n")
	p("| program | frames seen | by itself | p50 | differs by | p99 | differs by | each differs by: p50, p99 | events lost |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, a := range r.Accuracy {
		p("| %s | %d | %d | %d | %d | %d | %d | %d, %d | %d |\n", a.Program, a.Seen, a.Own, a.P50, a.DiffP50, a.P99, a.DiffP99, a.OffP50, a.OffP99, a.Lost)
	}
	p("\n## What is added to a frame, beside what the program can do itself\n\n")
	p("One process each, in turns of %v with nothing, `gomedic frames`, nothing, `runtime/trace`, nothing, a CPU profile at 1 kHz;\n", windowFor)
	p("each turn is compared with the two around it. CPU is the time of all threads of the process, for each frame. Bar: 50, goal: 10.\nA dash is what cannot be told from nothing: its lower quartile is below.\n\n")
	p("| program | frames/s | CPU a frame | gomedic | trace | profile | gomedic : trace : profile |\n|---|---:|---:|---:|---:|---:|---:|\n")
	for _, c := range r.Costs {
		p("| %s | %d | %s | %s | %s | %s | %s |\n", c.Program, c.Frames, c.Base, c.CPU[gomedic], c.CPU[traced], c.CPU[profile], ratios(c.CPU))
	}
	p("\nThe median frame by the program's own clock grows by:\n\n")
	p("| program | gomedic | trace | profile |\n|---|---:|---:|---:|\n")
	for _, c := range r.Costs {
		p("| %s | %s | %s | %s |\n", c.Program, c.Time[gomedic], c.Time[traced], c.Time[profile])
	}
	p("\n## In the probes, by the kernel's statistics\n\n")
	p("Without the trap that leads there: measured apart, about 0.7 µs a hit where the kernel emulates the instruction, 10 where it steps it.\nSwitches are those of the whole machine.\n\n")
	p("| program | hits a frame | looks a frame | switches a frame | µs a frame in all |\n|---|---:|---:|---:|---:|\n")
	for _, c := range r.Costs {
		p("| %s | %.1f | %.1f | %.1f | %.1f |\n", c.Program, c.Hits, c.Looks, c.Switch, c.InProbe)
	}
	p("\n## Putting in place and removing\n\n")
	p("The longest frame that touches the time of it, beside the longest in as long a time with nothing on, and while\nanother process only computes for as long: gomedic reads the program first, and that takes a CPU.\n\n")
	p("| program | start to first frame | longest frame meanwhile | with nothing on | while another computes | removal | longest frame meanwhile | gomedic's own CPU, %% of one | added to the program |\n|---|---:|---:|---:|---:|---:|---:|---:|---|\n")
	for _, c := range r.Costs {
		added := "no mapping"
		if len(c.Mapped) > 0 {
			added = fmt.Sprintf("%d page `[uprobes]`", len(c.Mapped))
		}
		p("| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", c.Program, c.First, c.Attach, c.Quiet, c.Busy, c.Removal, c.Detach, c.Own, added)
	}
	p("\n`[uprobes]` is the kernel's own page, in which it steps instructions that it does not emulate (`xol_area`, kernel/events/uprobes.c).\n")
	return b.String()
}

// ratios of what each adds, gomedic being 1; a dash for what cannot be told from
// nothing, its lower quartile being below.
func ratios(added map[string]spread) string {
	g := added[gomedic]
	if g.Low <= 0 {
		return "–"
	}
	of := func(what string) string {
		if s := added[what]; s.Low > 0 {
			return fmt.Sprintf("%.1f", s.Median/g.Median)
		}
		return "–"
	}
	return "1 : " + of(traced) + " : " + of(profile)
}

// replaceTables puts tables into a file in the place of those with the same
// headings, and new ones at its end.
func replaceTables(old string, tables []string) string {
	heading := func(s string) string { line, _, _ := strings.Cut(s, "\n"); return line }
	var all []string
	for _, part := range strings.SplitAfter(old, "\n") {
		if strings.HasPrefix(part, "# ") || len(all) == 0 {
			all = append(all, "")
		}
		all[len(all)-1] += part
	}
	for _, t := range tables {
		found := false
		for i := range all {
			if heading(all[i]) == heading(t) {
				all[i], found = t, true
			}
		}
		if !found {
			all = append(all, t)
		}
	}
	var parts []string
	for _, a := range all {
		if a = strings.TrimSpace(a); a != "" {
			parts = append(parts, a)
		}
	}
	return strings.Join(parts, "\n\n") + "\n"
}
