//go:build linux

package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// results are the figures; times are milliseconds, sizes bytes.
type results struct {
	Conditions map[string]conditions `json:"conditions"` // by part
	Stop       *stop                 `json:"stop,omitempty"`
	Tools      []tool                `json:"tools,omitempty"`
	Scale      []scaled              `json:"scale,omitempty"`
	Typed      []typed               `json:"typed,omitempty"`
}

// conditions are where and when something was measured.
type conditions struct {
	Date   string   `json:"date"`
	Kernel string   `json:"kernel"`
	Go     string   `json:"go"`
	CPUs   int      `json:"cpus"`
	Load   []string `json:"load"` // before and after
}

// stop is gomedic's looks at one program. The frames are those before the look,
// from its begin on, and after gomedic was gone.
type stop struct {
	Live    live         `json:"live"`
	Stopped []float64    `json:"stopped"`
	Took    []float64    `json:"took"`
	Peak    int64        `json:"peak"`
	Gap     [3][]float64 `json:"gap"`
	P50     [3][]float64 `json:"p50"`
	P99     [3][]float64 `json:"p99"`
}

type tool struct {
	Name   string    `json:"name"`
	What   string    `json:"what"`
	Live   live      `json:"live"`
	Took   []float64 `json:"took"`
	Gap    []float64 `json:"gap,omitempty"` // the longest that the program saw
	Peak   int64     `json:"peak"`          // 0: no process of its own
	Wrote  int64     `json:"wrote,omitempty"`
	Failed string    `json:"failed,omitempty"`
}

type scaled struct {
	Live    live      `json:"live"`
	Args    string    `json:"args"`
	Took    []float64 `json:"took"`
	Stopped []float64 `json:"stopped"`
	Peak    int64     `json:"peak"`
}

// typed is the shares of one program: with debug information, and stripped.
type typed struct {
	Program string     `json:"program"`
	Bytes   [2]int64   `json:"bytes"`
	Known   [2]float64 `json:"known"`
	Owned   [2]float64 `json:"owned"`
	Failed  string     `json:"failed,omitempty"`
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

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// spread is "median (least–most)".
func spread(v []float64) string {
	if len(v) == 0 {
		return "–"
	}
	return fmt.Sprintf("%s (%s–%s)", number(median(v)), number(slices.Min(v)), number(slices.Max(v)))
}

func number(v float64) string {
	if v >= 100 || v <= -100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

func megabytes(n int64) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}

// markdown is the tables.
func (r *results) markdown() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	measured := func(part string) {
		c := r.Conditions[part]
		if len(c.Load) == 2 {
			p("%s, Linux %s, %d CPUs, %s; load %s before and %s after.", c.Date, c.Kernel, c.CPUs, c.Go, c.Load[0], c.Load[1])
		}
	}
	p("# What looking at a heap costs")
	p("")
	p("Measured by `go run ./bench/heap`; times are milliseconds: median (least–most). The program is `bench/heap/target`:")
	p("objects of 216 bytes on average, structs, slices, strings and maps that refer to each other; it draws 60 frames a")
	p("second, each reading and writing among them, and leaks %d objects at each.", growPerFrame)
	if s := r.Stop; s != nil {
		p("")
		p("## How long the program stands, and its frames afterwards")
		p("")
		measured("stop")
		p("%d live objects, %s; %d looks (`gomedic leak PID --looks 1`), one after the other. A gap is the longest time between", s.Live.Objects, megabytes(s.Live.Bytes), len(s.Stopped))
		p("two beats of a goroutine that beats every 0.5 ms; a frame's time goes from the moment it was due to its end.")
		p("")
		p("| | 10 s before | 10 s from the look's begin on | 10 s after gomedic ended |")
		p("|---|---:|---:|---:|")
		p("| stopped, by gomedic's clock (bar: 80) | | %s | |", spread(s.Stopped))
		for _, row := range []struct {
			name string
			v    [3][]float64
		}{{"longest gap that the program saw", s.Gap}, {"frames: p50", s.P50}, {"frames: p99 (bar: 2 more than before)", s.P99}} {
			p("| %s | %s | %s | %s |", row.name, spread(row.v[0]), spread(row.v[1]), spread(row.v[2]))
		}
		p("")
		p("From start to findings: %s; at most %s resident, %.2f of the live heap.", spread(s.Took), megabytes(s.Peak), float64(s.Peak)/float64(s.Live.Bytes))
	}
	r.writeTools(p, measured)
	if len(r.Scale) > 0 {
		p("")
		p("## Time and memory by the number of objects")
		p("")
		measured("scale")
		p("From gomedic's start to its findings; bars: 5 s for 1 million objects, 40 s and 1.5 times the live heap for 10 million.")
		p("")
		p("| live objects | live heap | | time | for a million objects | most memory | of the live heap | stopped |")
		p("|---:|---:|---|---:|---:|---:|---:|---:|")
		for _, x := range r.Scale {
			p("| %d | %s | `%s` | %s | %.0f | %s | %.2f | %s |", x.Live.Objects, megabytes(x.Live.Bytes), x.Args, spread(x.Took),
				median(x.Took)/float64(x.Live.Objects)*1e6, megabytes(x.Peak), float64(x.Peak)/float64(x.Live.Bytes), spread(x.Stopped))
		}
	}
	if len(r.Typed) > 0 {
		r.writeTyped(p, measured)
	}
	return b.String()
}

func (r *results) writeTools(p func(string, ...any), measured func(string)) {
	if len(r.Tools) == 0 {
		return
	}
	p("")
	p("## Beside other tools")
	p("")
	measured("tools")
	p("The same process for all, one after the other: %d objects, %s. The pause is the longest gap that the program saw.",
		r.Tools[0].Live.Objects, megabytes(r.Tools[0].Live.Bytes))
	p("")
	p("| tool | what it does | time | pause | pause : gomedic's | most memory | written |")
	p("|---|---|---:|---:|---:|---:|---:|")
	own := median(r.Tools[0].Gap)
	for _, t := range r.Tools {
		ratio := "–"
		if len(t.Gap) > 0 && own > 0 {
			ratio = number(median(t.Gap) / own)
		}
		took := spread(t.Took)
		if t.Failed != "" {
			took = "failed: " + t.Failed
		}
		p("| %s | %s | %s | %s | %s | %s | %s |", t.Name, t.What, took, spread(t.Gap), ratio, megabytes(t.Peak), megabytes(t.Wrote))
	}
	if r.Stop != nil {
		for _, t := range r.Tools {
			if t.Name == "grf attach" && len(t.Gap) > 0 {
				p("")
				p("Goref's pause to the stop that gomedic's own clock measured: %.0f : 1 (bar: 100).", median(t.Gap)/median(r.Stop.Stopped))
			}
		}
	}
}

func (r *results) writeTyped(p func(string, ...any), measured func(string)) {
	p("")
	p("## Bytes whose type is known, or whose owner is")
	p("")
	measured("typed")
	p("The type is known: from debug information, or from what the program itself carries. The owner is: the type of")
	p("something that refers to it. Bars, of type or owner: 98 %% with debug information; stripped 75 %%, goal 90 %%.")
	p("")
	p("| program | live | type known | or owner | stripped: type known | or owner |")
	p("|---|---:|---:|---:|---:|---:|")
	var bytes [2]int64
	var known, owned [2]float64
	percent := func(v float64, n int64) string {
		if n == 0 {
			return "–"
		}
		return fmt.Sprintf("%.1f %%", v*100)
	}
	for _, x := range r.Typed {
		p("| %s | %.1f MB | %s | %s | %s | %s |", x.Program, float64(max(x.Bytes[0], x.Bytes[1]))/1e6, percent(x.Known[0], x.Bytes[0]), percent(x.Owned[0], x.Bytes[0]),
			percent(x.Known[1], x.Bytes[1]), percent(x.Owned[1], x.Bytes[1]))
		for i := range bytes {
			bytes[i] += x.Bytes[i]
			known[i] += x.Known[i] * float64(x.Bytes[i])
			owned[i] += x.Owned[i] * float64(x.Bytes[i])
		}
	}
	share := func(v float64, n int64) string { return percent(v/float64(max(n, 1)), n) }
	p("| all, by bytes | | %s | %s | %s | %s |", share(known[0], bytes[0]), share(owned[0], bytes[0]), share(known[1], bytes[1]), share(owned[1], bytes[1]))
}
