// A handler reads a channel to its end.
package main

import (
	"fmt"
	"fyne.io/fyne/v2/app"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	lines := make(chan string)
	w.SetContent(widget.NewButton("all", func() {
		for l := range lines { // want "risky-call.*<-"
			fmt.Println(l)
		}
	}))
}

func main() { run(app.New().NewWindow("w")) }
