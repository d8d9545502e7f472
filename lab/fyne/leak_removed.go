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
		Name:    "fyne-leak-removed",
		Illness: "a chat shows the last five lines; the others are taken out of the box, and stay in a map by their number",
		Leak:    true,
		ID:      []string{"leak/widget-detached"},
		Global:  "main.chatLines",
		Type:    []string{"widget.Label", "map[int]*widget.Label"},
		Where:   []string{"main.say"},
	}, leakRemoved)
}

var chatLines = make(map[int]*widget.Label)

func say(box *fyne.Container, line int) {
	chatLines[line] = widget.NewLabel(fmt.Sprint("line ", line))
	box.Add(chatLines[line])
	if len(box.Objects) > 5 {
		box.Remove(box.Objects[0])
	}
}

func leakRemoved(s *stage) fyne.CanvasObject {
	box, n := container.NewVBox(), 0
	s.Every(100*time.Millisecond, func() {
		n++
		say(box, n)
		box.Refresh()
	})
	return box
}
