// The loop of the toolkit is started in a goroutine.
package main

import (
	"fyne.io/fyne/v2/app"
)

func main() {
	w := app.New().NewWindow("w")
	go func() {
		w.ShowAndRun() // want "unlocked.*ShowAndRun"
	}()
	select {}
}
