// The handlers lie in a map.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	handlers := map[string]func(){
		"clean": func() { os.RemoveAll("cache") }, // want "risky-call.*RemoveAll"
	}
	box := container.NewVBox()
	for name, h := range handlers {
		box.Add(widget.NewButton(name, h))
	}
	w.SetContent(box)
}

func main() { run(app.New().NewWindow("w")) }
