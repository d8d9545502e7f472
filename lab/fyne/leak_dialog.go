package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-leak-dialog",
		Illness: "the content of each dialog is kept so that it could be shown again, and is never shown again",
		Leak:    true,
		ID:      []string{"leak/widget-detached"},
		Global:  "main.asked",
		Type:    []string{"fyne.Container", "widget.Entry", "widget.Form", "[]fyne.CanvasObject"},
		Where:   []string{"main.askName"},
	}, leakDialog)
}

var asked []fyne.CanvasObject

func askName(window fyne.Window, n int) dialog.Dialog {
	content := container.NewVBox(widget.NewLabel(fmt.Sprint("Name of file ", n)), widget.NewEntry())
	asked = append(asked, content)
	return dialog.NewCustom("Save", "Cancel", content, window)
}

func leakDialog(s *stage) fyne.CanvasObject {
	var open dialog.Dialog
	n := 0
	s.Every(250*time.Millisecond, func() {
		if open != nil {
			open.Hide()
		}
		n++
		open = askName(s.window, n)
		open.Show()
	})
	return widget.NewLabel("a document")
}
