package main

import (
	"fmt"

	"gioui.org/layout"
	"gioui.org/widget"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-deadlock-channels",
		Illness: "the UI sends the next job to a worker that still wants to tell the UI about the last one",
		ID:      []string{"ui-deadlock", "ui-blocked/channel"},
		Where:   []string{"main.(*importer).add"},
		Blocker: []string{"main.(*importer).work"},
		Short:   true,
	}, deadlockChannels)
}

type importer struct {
	jobs    chan int
	results chan string // read by the UI in its next frame
}

func (im *importer) work() {
	for job := range im.jobs {
		im.results <- fmt.Sprint("imported file ", job)
	}
}

func (im *importer) add(files int) {
	for i := range files {
		im.jobs <- i
	}
}

func deadlockChannels(s *stage) func(layout.Context) layout.Dimensions {
	im := &importer{make(chan int), make(chan string)}
	go im.work()
	var button widget.Clickable
	shown := "Import"
	s.Click(200, 100)
	return func(gtx layout.Context) layout.Dimensions {
		select {
		case shown = <-im.results:
		default:
		}
		if button.Clicked(gtx) {
			harness.Armed()
			im.add(10)
		}
		return material.Button(s.theme, &button, shown).Layout(gtx)
	}
}
