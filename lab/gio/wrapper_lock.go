package main

import (
	"sync"
	"time"

	"gioui.org/layout"
	"gioui.org/widget"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-wrapper-lock",
		Illness: "a click begins a transaction while a report has one open: begin takes the lock, commit gives it back",
		ID:      []string{"ui-blocked/mutex"},
		Where:   []string{"main.(*database).begin"},
		Blocker: []string{"main.yearlyReport", "main.(*transaction).sum"},
		Short:   true,
	}, wrapperLock)
}

type database struct {
	writer sync.Mutex
	rows   []int
}

type transaction struct{ db *database }

func (db *database) begin() *transaction {
	db.writer.Lock()
	return &transaction{db}
}

func (t *transaction) commit() { t.db.writer.Unlock() }

func (t *transaction) sum(row int) int {
	time.Sleep(time.Minute) // a slow disk
	return t.db.rows[row]
}

func yearlyReport(db *database) (total int) {
	t := db.begin()
	for i := range db.rows {
		total += t.sum(i)
	}
	t.commit()
	return total
}

func wrapperLock(s *stage) func(layout.Context) layout.Dimensions {
	db := &database{rows: make([]int, 365)}
	go yearlyReport(db)
	var button widget.Clickable
	s.Click(200, 100)
	return func(gtx layout.Context) layout.Dimensions {
		if button.Clicked(gtx) {
			harness.Armed()
			t := db.begin()
			db.rows = append(db.rows, 1)
			t.commit()
		}
		return material.Button(s.theme, &button, "Book").Layout(gtx)
	}
}
