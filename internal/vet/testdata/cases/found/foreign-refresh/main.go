// A goroutine refreshes a custom widget.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

type meter struct{ widget.BaseWidget }

func (m *meter) CreateRenderer() fyne.WidgetRenderer { return nil }
func (m *meter) poll() {
	m.Refresh() // want "foreign-call.*Refresh"
}

func run(w fyne.Window) {
	m := &meter{}
	w.SetContent(m)
	go m.poll()
}

func main() { run(app.New().NewWindow("w")) }
