// Command labpublished-fyne23 shows bugs of Fyne 2.3.4 that made programs leak.
//
//	labpublished-fyne23 -manifest     what must be found
//	labpublished-fyne23 FAULT         open the window and leak
package main

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"github.com/gomedic/gomedic/lab/harness"
)

// delay is the time from the first frame to the illness.
const delay = 700 * time.Millisecond

// build makes the window's content and the function that changes it again and
// again; in Fyne 2.3 any goroutine may do that.
type build func() (content fyne.CanvasObject, period time.Duration, change func())

var faults = harness.Table[build]{Toolkit: "fyne"}

func main() {
	fault, build := faults.Choose()
	a := app.NewWithID("io.github.gomedic.lab")
	w := a.NewWindow(fault.Title())
	content, period, change := build()
	w.SetContent(content)
	w.Resize(fyne.NewSize(480, 320))
	a.Lifecycle().SetOnStarted(func() {
		time.AfterFunc(delay, func() {
			harness.Armed()
			for range time.Tick(period) {
				change()
			}
		})
	})
	w.ShowAndRun()
}
