// A function that draws reads a file.
package main

import (
	"os"

	gapp "gioui.org/app"
	"gioui.org/layout"
	"gioui.org/op"
)

type ui struct{}

func (u *ui) layout(gtx layout.Context) layout.Dimensions {
	os.ReadFile("text") // want "risky-call.*os.ReadFile"
	return layout.Dimensions{}
}

func loop(w *gapp.Window) error {
	var ops op.Ops
	u := &ui{}
	for {
		switch e := w.Event().(type) {
		case gapp.DestroyEvent:
			return e.Err
		case gapp.FrameEvent:
			u.layout(gapp.NewContext(&ops, e))
			e.Frame(&ops)
		}
	}
}

func main() {
	go loop(new(gapp.Window))
	gapp.Main()
}
