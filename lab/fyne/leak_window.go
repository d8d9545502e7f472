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
		Name:    "fyne-leak-window",
		Illness: "each preview opens in a window of its own, which is closed and stays in the list of windows",
		Leak:    true,
		Short:   true,
		ID:      []string{"leak/window-closed"},
		Global:  "main.views",
		Type:    []string{"glfw.window", "[]fyne.Window"},
		Where:   []string{"main.openView"},
	}, leakWindow)
}

var views []fyne.Window

func openView(app fyne.App, n int) fyne.Window {
	view := app.NewWindow(fmt.Sprint("view ", n))
	views = append(views, view)
	view.SetContent(container.NewVBox(widget.NewLabel("a view"), widget.NewButton("Print", func() {})))
	view.Show()
	return view
}

func leakWindow(s *stage) fyne.CanvasObject {
	var open fyne.Window
	n := 0
	s.Every(500*time.Millisecond, func() {
		if open != nil {
			open.Close()
		}
		n++
		open = openView(s.app, n)
	})
	return widget.NewLabel("a document")
}
