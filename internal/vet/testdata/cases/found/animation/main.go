// The tick of an animation is a frame.
package main

import (
	"fyne.io/fyne/v2/app"
	"time"

	"fyne.io/fyne/v2"
)

func run(w fyne.Window) {
	fyne.NewAnimation(300, func(float32) {
		time.Sleep(50 * time.Millisecond) // want "risky-call.*time.Sleep"
	}).Start()
}

func main() { run(app.New().NewWindow("w")) }
