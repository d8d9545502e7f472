// A handler waits for a goroutine.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("wait", func() {
		done := make(chan int)
		go func() { done <- 1 }()
		<-done // want "risky-call.*<-"
	}))
}

func main() { run(app.New().NewWindow("w")) }
