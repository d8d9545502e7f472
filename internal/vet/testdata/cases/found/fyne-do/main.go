// The body of fyne.Do runs on the UI goroutine.
package main

import (
	"fyne.io/fyne/v2/app"
	"time"

	"fyne.io/fyne/v2"
)

func run(w fyne.Window) {
	go func() {
		fyne.Do(func() {
			time.Sleep(2 * time.Second) // want "risky-call.*time.Sleep"
		})
	}()
}

func main() { run(app.New().NewWindow("w")) }
