// A goroutine shows an error.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
)

func run(w fyne.Window) {
	go func() {
		if err := os.Remove("x"); err != nil {
			dialog.ShowError(err, w) // want "foreign-call.*ShowError"
		}
	}()
}

func main() { run(app.New().NewWindow("w")) }
