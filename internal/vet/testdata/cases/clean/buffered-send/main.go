// A channel has a buffer so that the sender need not wait.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	work := make(chan string, 16)
	w.SetContent(widget.NewButton("queue", func() { work <- "a" }))
}

func main() { run(app.New().NewWindow("w")) }
