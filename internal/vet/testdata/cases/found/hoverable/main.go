// An interface of another package of the toolkit is a callback, too.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

type spot struct{ widget.Label }

func (s *spot) MouseIn(*desktop.MouseEvent) {
	os.Stat("tip.txt") // want "risky-call.*os.Stat"
}
func (s *spot) MouseMoved(*desktop.MouseEvent) {}
func (s *spot) MouseOut()                      {}

func run(w fyne.Window) { w.SetContent(&spot{}) }

func main() { run(app.New().NewWindow("w")) }
