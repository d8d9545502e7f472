package main

import (
	"errors"
	"io/fs"
	"os"

	"gioui.org/layout"
	"gioui.org/widget"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:      "gio-receive-dead",
		Illness:   "a click waits for the result of a goroutine that returned early and sent nothing",
		ID:        []string{"ui-blocked/channel"},
		Where:     []string{"main.load"},
		NoBlocker: true,
	}, receiveDead)
}

func load(path string) []byte {
	loaded := make(chan []byte)
	go func() {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return // and nobody tells the receiver
		}
		loaded <- content
	}()
	return <-loaded
}

func receiveDead(s *stage) func(layout.Context) layout.Dimensions {
	var button widget.Clickable
	s.Click(200, 100)
	return func(gtx layout.Context) layout.Dimensions {
		if button.Clicked(gtx) {
			harness.Armed()
			load("/nonexistent/settings.json")
		}
		return material.Button(s.theme, &button, "Load").Layout(gtx)
	}
}
