// A file in the program is in memory.
package main

import (
	"embed"
	"fmt"
	"fyne.io/fyne/v2/app"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

//go:embed main.go
var files embed.FS

func run(w fyne.Window) {
	w.SetContent(widget.NewButton("help", func() {
		b, _ := files.ReadFile("main.go")
		fmt.Println(len(b))
	}))
}

func main() { run(app.New().NewWindow("w")) }
