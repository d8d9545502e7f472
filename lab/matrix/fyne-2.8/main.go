// Command fyne-2.8 is an idle Fyne 2.8 window; with the argument freeze its UI goroutine
// sleeps.
package main

import (
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func main() {
	a := app.New()
	w := a.NewWindow("fyne-2.8")
	w.SetContent(widget.NewLabel("idle"))
	if len(os.Args) > 1 && os.Args[1] == "freeze" {
		time.AfterFunc(time.Second, func() { fyne.Do(freeze) })
	}
	w.ShowAndRun()
}

// freeze runs on the UI goroutine and does not come back.
//
//go:noinline
func freeze() {
	time.Sleep(time.Hour)
}
