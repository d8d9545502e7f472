// Command fyne-2.5 is an idle Fyne 2.5 window; with the argument freeze its
// event goroutine sleeps. In Fyne 2.5 each window has such a goroutine, which
// runs the callbacks of its widgets.
package main

import (
	"os"
	"time"

	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func main() {
	a := app.New()
	w := a.NewWindow("fyne-2.5")
	w.SetContent(widget.NewLabel("idle"))
	if len(os.Args) > 1 && os.Args[1] == "freeze" {
		// What a click does: the driver puts the callback on the window's queue.
		queue := w.(interface{ QueueEvent(func()) })
		time.AfterFunc(time.Second, func() { queue.QueueEvent(freeze) })
	}
	w.ShowAndRun()
}

// freeze runs on the window's event goroutine and does not come back.
//
//go:noinline
func freeze() {
	time.Sleep(time.Hour)
}
