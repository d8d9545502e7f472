// The goroutine hands its calls over.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	l := widget.NewLabel("")
	w.SetContent(l)
	go func() {
		fyne.DoAndWait(func() { l.SetText("a"); l.Refresh() })
		fyne.Do(l.Hide)
	}()
}

func main() { run(app.New().NewWindow("w")) }
