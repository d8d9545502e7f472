package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-healthy-list",
		Illness: "none: a list of 100,000 rows scrolls",
		Healthy: true,
	}, healthyList)
}

func healthyList(s *stage) fyne.CanvasObject {
	list := widget.NewList(func() int { return 100_000 },
		func() fyne.CanvasObject { return widget.NewLabel("row") },
		func(i int, o fyne.CanvasObject) { o.(*widget.Label).SetText(fmt.Sprintf("row %d of 100,000", i)) })
	s.Later(func() {
		go func() {
			for range time.Tick(25 * time.Millisecond) {
				fyne.Do(func() { list.ScrollToOffset(list.GetScrollOffset() + 7) })
			}
		}()
		harness.Armed()
	})
	return list
}
