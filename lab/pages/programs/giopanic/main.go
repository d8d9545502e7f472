//go:build js

// A window of Gio that panics in its tenth frame: a name that nobody has.
package main

import (
	"gioui.org/app"
	"gioui.org/op"
	"gioui.org/widget/material"
)

type person struct{ name string }

func label(people map[int]*person, n int) string {
	return people[n].name // HERE
}

func main() {
	go func() {
		w := new(app.Window)
		theme := material.NewTheme()
		people := map[int]*person{}
		for n := range 10 {
			people[n] = &person{"somebody"}
		}
		var ops op.Ops
		for n := 0; ; {
			e, ok := w.Event().(app.FrameEvent)
			if !ok {
				continue
			}
			gtx := app.NewContext(&ops, e)
			material.H3(theme, label(people, n)).Layout(gtx)
			gtx.Execute(op.InvalidateCmd{})
			e.Frame(gtx.Ops)
			n++
		}
	}()
	app.Main()
}
