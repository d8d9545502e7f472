// A handler in the literal of a toolkit struct runs a program.
package main

import (
	"fyne.io/fyne/v2/app"
	"os/exec"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

func run(w fyne.Window) {
	w.SetContent(&widget.Button{OnTapped: func() {
		exec.Command("git", "status").Run() // want "risky-call.*Run"
	}})
}

func main() { run(app.New().NewWindow("w")) }
