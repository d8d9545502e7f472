// A select with default does not wait.
package main

import (
	"fmt"
	"fyne.io/fyne/v2/app"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	updates := make(chan int)
	w.SetContent(widget.NewButton("take", func() {
		select {
		case v := <-updates:
			fmt.Println(v)
		default:
		}
	}))
}

func main() { run(app.New().NewWindow("w")) }
