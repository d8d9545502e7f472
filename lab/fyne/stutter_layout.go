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
		Name:    "fyne-stutter-layout",
		Illness: "a log view wraps and lays out its 600 entries anew for each new one, four times a second",
		ID:      []string{"ui-busy/layout"},
		Where:   []string{"main.(*logView).add"},
	}, stutterLayout)
}

type logView struct {
	rows *fyne.Container
	n    int
}

func (v *logView) row() *widget.Label {
	v.n++
	row := widget.NewLabel(fmt.Sprint(v.n, ": the connection was closed by its other end, and will be tried again in a moment"))
	row.Wrapping = fyne.TextWrapWord
	return row
}

func (v *logView) add() {
	v.rows.Objects = append(v.rows.Objects[1:], v.row())
	v.rows.Refresh()
}

func stutterLayout(s *stage) fyne.CanvasObject {
	v := &logView{rows: container.NewVBox()}
	for range 600 {
		v.rows.Objects = append(v.rows.Objects, v.row())
	}
	s.Every(time.Second/4, v.add)
	return lively(container.NewVScroll(v.rows))
}
