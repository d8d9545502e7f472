// What main does before the loop holds nobody up.
package main

import (
	"os"
	"time"

	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func main() {
	os.ReadFile("conf")
	time.Sleep(time.Second)
	w := app.New().NewWindow("w")
	w.SetContent(widget.NewLabel(""))
	w.ShowAndRun()
	os.WriteFile("conf", nil, 0o600)
}
