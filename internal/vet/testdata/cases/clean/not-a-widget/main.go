// A method has the name of a callback, and the toolkit never sees the type.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
)

type tapper struct{}

func (tapper) Tapped(*fyne.PointEvent) { os.ReadFile("a") }

func run(w fyne.Window) { go tapper{}.Tapped(nil) }

func main() { run(app.New().NewWindow("w")) }
