// The goroutine builds what no window shows yet.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

func page(title string) fyne.CanvasObject {
	l := widget.NewLabel("")
	l.SetText(title)
	box := container.NewVBox()
	box.Add(l)
	return box
}

func run(w fyne.Window) {
	go func() {
		p := page("a")
		fyne.Do(func() { w.SetContent(p) })
	}()
}

func main() { run(app.New().NewWindow("w")) }
