package main

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-alloc",
		Illness: "a callback copies a large table over and over, so that the collector makes it pay",
		ID:      []string{"ui-busy/alloc"},
		Where:   []string{"main.normalise", "main.(*row).copy", "main.rowOf"},
	}, alloc)
}

type row struct {
	cells map[string]*string
	next  *row
}

func rowOf(i int, next *row) *row {
	name, value := fmt.Sprint("name ", i), fmt.Sprint("value ", i)
	return &row{map[string]*string{"name": &name, "value": &value}, next}
}

func (r *row) copy(next *row) *row {
	c := &row{make(map[string]*string, len(r.cells)), next}
	for k, v := range r.cells {
		value := string(append([]byte(nil), *v...))
		c.cells[k] = &value
	}
	return c
}

func normalise(table *row, passes int) *row {
	for range passes {
		var next *row
		for r := table; r != nil; r = r.next {
			next = r.copy(next)
		}
		table = next
	}
	return table
}

func alloc(s *stage) fyne.CanvasObject {
	var table *row
	for i := range 500_000 {
		table = rowOf(i, table)
	}
	s.Do(func() {
		harness.Armed()
		table = normalise(table, 1_000_000)
	})
	return widget.NewLabel("500,000 rows")
}
