package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

// Fyne draws each text once and caches the texture by the text and the window's
// canvas (internal/cache/texture_common.go, textTextures). What is not used for a
// minute goes when that canvas is drawn again, and a closed window's never is; from
// 2.8.0 on closing deletes them.
func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-leak-closed-text",
		Illness: "windows with a line of text are opened and closed as they should be, and Fyne 2.7.1 keeps each for its text's texture",
		Leak:    true,
		ID:      []string{"leak/window-closed"},
		Global:  "cache.textTextures",
		Type:    []string{"glfw.window", "glfw.glCanvas"},
		Where:   []string{"main.openNote"},
	}, leakClosedText)
}

func openNote(app fyne.App, n int) fyne.Window {
	note := app.NewWindow(fmt.Sprint("note ", n))
	note.SetContent(widget.NewLabel("call back"))
	note.Show()
	return note
}

func leakClosedText(s *stage) fyne.CanvasObject {
	var open fyne.Window
	n := 0
	s.Every(500*time.Millisecond, func() {
		if open != nil {
			open.Close()
		}
		n++
		open = openNote(s.app, n)
	})
	return widget.NewLabel("a document")
}
