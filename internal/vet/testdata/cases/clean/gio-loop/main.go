// Waiting for events is the loop of a Gio window; what comes before and after it is not.
package main

import (
	"os"

	gapp "gioui.org/app"
	"gioui.org/op"
)

func loop(w *gapp.Window) error {
	os.ReadFile("conf")
	var ops op.Ops
	for {
		switch e := w.Event().(type) {
		case gapp.DestroyEvent:
			os.WriteFile("conf", nil, 0o600)
			return e.Err
		case gapp.FrameEvent:
			gapp.NewContext(&ops, e)
			e.Frame(&ops)
		}
	}
}

func main() {
	go func() { loop(new(gapp.Window)) }()
	gapp.Main()
}
