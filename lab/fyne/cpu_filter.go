package main

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-cpu-filter",
		Illness: "each key in a search entry compares every line with every other to leave out near duplicates",
		ID:      []string{"ui-busy/cpu"},
		Where:   []string{"main.filter", "main.count", "main.filter.func1", "main.distanceOf", "main.cpuFilter.func1.filter.1"},
		Short:   true,
	}, cpuFilter)
}

// distanceOf returns the edit distance of two lines of up to 63 bytes.
func distanceOf(a, b string) int {
	var row [64]int
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			corner, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, corner+cost)
		}
	}
	return row[len(b)]
}

func count(lines []string, wanted func(string) bool) (n int) {
	for _, line := range lines {
		if wanted(line) {
			n++
		}
	}
	return n
}

func filter(lines []string, pattern string) (kept int) {
	for _, line := range lines {
		alike := count(lines, func(other string) bool { return distanceOf(line, other) < len(pattern) })
		if alike <= 1 {
			kept++
		}
	}
	return kept
}

func cpuFilter(s *stage) fyne.CanvasObject {
	lines := make([]string, 100_000)
	for i := range lines {
		lines[i] = fmt.Sprintf("%08d lorem ipsum dolor sit amet", i)
	}
	entry, shown := widget.NewEntry(), widget.NewLabel("")
	entry.OnChanged = func(pattern string) {
		harness.Armed()
		shown.SetText(fmt.Sprint(filter(lines, pattern), " lines"))
	}
	s.Do(func() { entry.TypedRune('l') })
	return container.NewVBox(entry, shown)
}
