//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// ways are the tables, and the stages in their order.
var ways = []struct {
	key, title string
	stages     []string
}{
	{"dev", "`gomedic dev`, as a user has it", []string{"watch", "classify", "compile", "link", "load", "trial", "swap", "first frame", "save to first frame"}},
	{"resource", "A resource (JSON), decoded and painted", []string{"save to first frame"}},
	{"short", "Reload, linking only what the host does not hold", []string{"classify", "compile", "link", "plugin.Open", "new component on the UI goroutine", "first frame", "save to first frame"}},
	{"full", "Reload, linking all that a plugin needs", []string{"classify", "compile", "link", "plugin.Open", "new component on the UI goroutine", "first frame", "save to first frame"}},
	{"rebuild", "go build and a restart", []string{"go build", "start to first frame", "save to first frame"}},
	{"air", "air", []string{"save to first frame"}},
	{"many", "Many generations in a row", []string{"save to first frame"}},
}

// write writes the figures as a page.
func (b *bench) write(w io.Writer) error {
	var s strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&s, format, args...) }
	p("# Hot reload, measured\n\n")
	p("Made by `go run ./bench/reload`: a Fyne program of 20 packages in a window under Xvfb; one line of a function's body is changed. %s, %s/%s, %d cores, linker %s. Milliseconds: median (quartiles). The machine's load at the end: %s.\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.short.Linker(), loadAverage())
	for _, way := range ways {
		if len(b.figures[way.key+" save to first frame"]) == 0 {
			continue
		}
		p("\n## %s\n\n| stage | ms | of |\n|---|---|---|\n", way.title)
		for _, stage := range way.stages {
			all := b.figures[way.key+" "+stage]
			q1, m, q3 := quartiles(all)
			p("| %s | %s (%s–%s) | %d |\n", stage, ms(m), ms(q1), ms(q3), len(all))
		}
	}
	median := func(key string) time.Duration {
		all := b.figures[key+" save to first frame"]
		if len(all) == 0 {
			return 0
		}
		_, m, _ := quartiles(all)
		return m
	}
	p("\n## Side by side\n\n")
	for _, other := range []string{"full", "rebuild", "air"} {
		if m := median(other); m > 0 {
			p("- %s takes %.1f times as long as reload with the short link, %.1f times as long as `gomedic dev`.\n", other,
				float64(m)/float64(median("short")), float64(m)/float64(max(1, median("dev"))))
		}
	}
	p("\n## Before the first reload\n\n")
	for _, line := range b.setup {
		p("- %s\n", line)
	}
	_, err := io.WriteString(w, s.String())
	return err
}

// loadAverage is how many processes wanted to run in the last minute: above the
// number of cores, all times are longer than they would be.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "not known"
	}
	first, _, _ := strings.Cut(string(b), " ")
	return first
}

func ms(d time.Duration) string {
	return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000)
}
