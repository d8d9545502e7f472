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
		Name:    "fyne-leak-healthy-rebuild",
		Illness: "none: a board makes its labels anew each time, and Fyne's caches let go of the old ones a minute later",
		Leak:    true,
		Healthy: true,
	}, leakHealthyRebuild)
}

func leakHealthyRebuild(s *stage) fyne.CanvasObject {
	board, n := container.NewVBox(), 0
	s.Every(250*time.Millisecond, func() {
		n++
		board.Objects = board.Objects[:0]
		for i := range 3 {
			board.Objects = append(board.Objects, widget.NewLabel(fmt.Sprint("train ", (n+i)%20)))
		}
		board.Refresh()
	})
	return board
}
