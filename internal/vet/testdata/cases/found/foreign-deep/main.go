// A goroutine gets to the window by way of a method and an interface.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
)

type view interface{ show(string) }

type win struct{ fyne.Window }

func (v win) show(s string) {
	v.SetTitle(s) // want "foreign-call.*SetTitle"
}

func work(v view) { v.show("ready") }

func run(w fyne.Window) { go work(win{w}) }

func main() { run(app.New().NewWindow("w")) }
