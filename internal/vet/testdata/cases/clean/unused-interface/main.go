// Another implementation blocks; it never gets here.
package main

import (
	"fyne.io/fyne/v2/app"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type store interface{ load() }

type disk struct{}

func (disk) load() { os.ReadFile("db") }

type memory struct{}

func (memory) load() {}

func preload(d disk) { d.load() }

func run(w fyne.Window) {
	preload(disk{})
	var s store = memory{}
	w.SetContent(widget.NewButton("load", func() { s.load() }))
}

func main() { run(app.New().NewWindow("w")) }
