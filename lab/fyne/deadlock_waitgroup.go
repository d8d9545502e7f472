package main

import (
	"strconv"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-deadlock-waitgroup",
		Illness: "a callback waits for four workers, each of which reports with fyne.DoAndWait",
		ID:      []string{"ui-deadlock"},
		Where:   []string{"main.convertAll"},
		Blocker: []string{"main.convert"},
	}, deadlockWaitGroup)
}

func convert(photo int, list *widget.Label) {
	text := "photo " + strconv.Itoa(photo)
	fyne.DoAndWait(func() { list.SetText(text) })
}

func convertAll(photos int, list *widget.Label) {
	var wg sync.WaitGroup
	for i := range photos {
		wg.Go(func() { convert(i, list) })
	}
	harness.Armed()
	wg.Wait()
}

func deadlockWaitGroup(s *stage) fyne.CanvasObject {
	list := widget.NewLabel("")
	button := widget.NewButton("Convert", func() { convertAll(4, list) })
	s.Click(button)
	return container.NewVBox(button, list)
}
