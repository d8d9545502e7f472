//go:build js

// A window of Gio in the browser: a line of text that is drawn each frame.
package main

import (
	"time"

	"gioui.org/app"
	"gioui.org/op"
	"gioui.org/widget/material"
)

func loop(w *app.Window) error {
	theme := material.NewTheme()
	var ops op.Ops
	for {
		switch e := w.Event().(type) {
		case app.DestroyEvent:
			return e.Err
		case app.FrameEvent:
			gtx := app.NewContext(&ops, e)
			material.H3(theme, time.Now().Format(time.TimeOnly)).Layout(gtx)
			gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(200 * time.Millisecond)})
			e.Frame(gtx.Ops)
		}
	}
}

func main() {
	go func() {
		if err := loop(new(app.Window)); err != nil {
			panic(err)
		}
	}()
	app.Main()
}
