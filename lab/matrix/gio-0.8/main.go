// Command gio-0.8 is an idle Gio 0.8 window; with the argument freeze its
// window goroutine sleeps.
package main

import (
	"image/color"
	"log"
	"os"
	"time"

	"gioui.org/app"
	"gioui.org/op"
	"gioui.org/op/paint"
)

func main() {
	freezes := len(os.Args) > 1 && os.Args[1] == "freeze"
	go func() {
		if err := loop(freezes); err != nil {
			log.Fatal(err)
		}
		os.Exit(0)
	}()
	app.Main()
}

func loop(freezes bool) error {
	w := new(app.Window)
	w.Option(app.Title("gio-0.8"))
	var ops op.Ops
	for frames := 0; ; {
		switch e := w.Event().(type) {
		case app.DestroyEvent:
			return e.Err
		case app.FrameEvent:
			gtx := app.NewContext(&ops, e)
			frames++
			if freezes {
				if frames > 20 {
					freeze()
				}
				gtx.Execute(op.InvalidateCmd{})
			}
			paint.Fill(gtx.Ops, color.NRGBA{G: 0x80, A: 0xff})
			e.Frame(gtx.Ops)
		}
	}
}

// freeze does not come back.
//
//go:noinline
func freeze() {
	time.Sleep(time.Hour)
}
