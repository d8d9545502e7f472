// What blocks lies behind an interface of the program.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type store interface{ load() []byte }

type disk struct{}

func (disk) load() []byte {
	b, _ := os.ReadFile("db") // want "risky-call.*os.ReadFile"
	return b
}

func run(w fyne.Window) {
	var s store = disk{}
	w.SetContent(widget.NewButton("load", func() { s.load() }))
}

func main() { run(app.New().NewWindow("w")) }
