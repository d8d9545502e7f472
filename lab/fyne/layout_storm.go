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
		Name:    "fyne-layout-storm",
		Illness: "a callback adds a million labels to a box, one by one, instead of using a List",
		ID:      []string{"ui-busy/layout"},
		Where:   []string{"main.fillLog"},
		Short:   true,
	}, layoutStorm)
}

func fillLog(box *fyne.Container, lines int) {
	for i := range lines {
		box.Add(widget.NewLabel(fmt.Sprintf("%d: connection from 192.0.2.%d closed", i, i%256)))
	}
}

func layoutStorm(s *stage) fyne.CanvasObject {
	box := container.NewVBox()
	s.Do(func() {
		harness.Armed()
		fillLog(box, 1_000_000)
	})
	return container.NewVScroll(box)
}
