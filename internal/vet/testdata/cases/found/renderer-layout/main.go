// The renderer of a custom widget reads a file in Layout.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type chart struct{ widget.BaseWidget }

func (c *chart) CreateRenderer() fyne.WidgetRenderer { return &renderer{} }

type renderer struct{}

func (r *renderer) Destroy()                     {}
func (r *renderer) Layout(fyne.Size)             { os.ReadFile("theme.json") } // want "risky-call.*os.ReadFile"
func (r *renderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *renderer) Objects() []fyne.CanvasObject { return nil }
func (r *renderer) Refresh()                     {}

func run(w fyne.Window) { w.SetContent(&chart{}) }

func main() { run(app.New().NewWindow("w")) }
