// The same function takes the token that it gives back.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

type limiter struct{ tokens chan struct{} }

func (l *limiter) do(f func()) {
	l.tokens <- struct{}{}
	defer func() { <-l.tokens }()
	f()
}

func run(w fyne.Window) {
	l := &limiter{tokens: make(chan struct{}, 4)}
	w.SetContent(widget.NewButton("a", func() { l.do(func() {}) }))
}

func main() { run(app.New().NewWindow("w")) }
