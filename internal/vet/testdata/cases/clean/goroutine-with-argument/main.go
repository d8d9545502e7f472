// Each goroutine calls the function that it was given.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func load(done func(string)) {
	b, _ := os.ReadFile("a")
	done(string(b))
}

func run(w fyne.Window) {
	l := widget.NewLabel("")
	w.SetContent(l)
	go load(func(s string) { fyne.Do(func() { l.SetText(s) }) })
	load(func(s string) { l.SetText(s) })
}

func main() { run(app.New().NewWindow("w")) }
