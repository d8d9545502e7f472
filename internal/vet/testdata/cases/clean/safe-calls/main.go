// These may be called from anywhere.
package main

import (
	"fmt"
	"fyne.io/fyne/v2/app"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/data/binding"
)

func run(w fyne.Window) {
	s := binding.NewString()
	go func() {
		s.Set("a")
		fyne.CurrentApp().SendNotification(&fyne.Notification{})
		fyne.CurrentApp().Preferences().SetString("a", "b")
		fmt.Println(w.Title())
	}()
}

func main() { run(app.New().NewWindow("w")) }
