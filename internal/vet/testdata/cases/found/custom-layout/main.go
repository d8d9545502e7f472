// A layout that is handed to a container.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

type grid struct{}

func (grid) Layout([]fyne.CanvasObject, fyne.Size) {
	os.Open("grid.conf") // want "risky-call.*os.Open"
}
func (grid) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

func run(w fyne.Window) { w.SetContent(container.New(grid{})) }

func main() { run(app.New().NewWindow("w")) }
