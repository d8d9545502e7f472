package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-leak-template",
		Illness: "a new list for each search; the function that makes its rows notes each of them, to restyle them one day",
		Leak:    true,
		ID:      []string{"leak/widget-detached"},
		Global:  "main.rows",
		Type:    []string{"widget.Label", "[]*widget.Label"},
		Where:   []string{"main.newRow"},
	}, leakTemplate)
}

var rows []*widget.Label

func newRow() fyne.CanvasObject {
	rows = append(rows, widget.NewLabel("a result"))
	return rows[len(rows)-1]
}

func leakTemplate(s *stage) fyne.CanvasObject {
	results, n := container.NewStack(), 0
	s.Every(500*time.Millisecond, func() {
		n++
		results.Objects = []fyne.CanvasObject{widget.NewList(func() int { return 8 }, newRow,
			func(i int, o fyne.CanvasObject) {
				o.(*widget.Label).SetText(fmt.Sprint("result ", i, " of search ", n))
			})}
		results.Refresh()
	})
	return results
}
