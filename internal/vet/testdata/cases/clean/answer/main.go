// A goroutine stands by for the answer of a dialog.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/dialog"
)

func ask(w fyne.Window) bool {
	answer := make(chan bool)
	fyne.Do(func() {
		dialog.ShowConfirm("a", "b", func(yes bool) { answer <- yes }, w)
	})
	return <-answer
}

func run(w fyne.Window) { go ask(w) }

func main() { run(app.New().NewWindow("w")) }
