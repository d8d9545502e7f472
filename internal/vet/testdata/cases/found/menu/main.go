// The action of a menu item.
package main

import (
	"fyne.io/fyne/v2/app"
	"path/filepath"

	"fyne.io/fyne/v2"
)

func run(w fyne.Window) {
	fyne.NewMenuItem("export", func() {
		filepath.WalkDir(".", nil) // want "risky-call.*WalkDir"
	})
}

func main() { run(app.New().NewWindow("w")) }
