// A select without default waits.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	a, b := make(chan int), make(chan int)
	w.SetContent(widget.NewButton("first", func() {
		select { // want "risky-call.*select"
		case <-a:
		case <-b:
		}
	}))
}

func main() { run(app.New().NewWindow("w")) }
