package main

import (
	"fmt"
	"regexp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-cpu-filter",
		Illness: "each key in a search entry runs a pattern with nested repetition over a million lines",
		ID:      []string{"ui-busy/cpu"},
		Where:   []string{"main.filter", "main.keep", "main.filter.func1", "main.cpuFilter.func1.filter.1"},
		Short:   true,
	}, cpuFilter)
}

func filter(lines []string, pattern string) (kept []string) {
	re := regexp.MustCompile("(?i)^(.*" + regexp.QuoteMeta(pattern) + ".*){1,50}$")
	keep(lines, func(line string) bool {
		if !re.MatchString(line) {
			return false
		}
		kept = append(kept, line)
		return true
	})
	return kept
}

func keep(lines []string, wanted func(string) bool) (n int) {
	for _, line := range lines {
		if wanted(line) {
			n++
		}
	}
	return n
}

func cpuFilter(s *stage) fyne.CanvasObject {
	lines := make([]string, 1_000_000)
	for i := range lines {
		lines[i] = fmt.Sprintf("%08d %s", i, strings.Repeat("lorem ", i%40))
	}
	entry, shown := widget.NewEntry(), widget.NewLabel("")
	entry.OnChanged = func(pattern string) {
		harness.Armed()
		shown.SetText(fmt.Sprint(len(filter(lines, pattern)), " lines"))
	}
	s.Do(func() { entry.TypedRune('l') })
	return container.NewVBox(entry, shown)
}
