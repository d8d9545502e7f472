// Command gio-states brings Gio windows into one state, named by its argument,
// for the recorded stacks of internal/toolkit.
package main

import (
	"image"
	"log"
	"os"
	"strings"
	"time"

	"gioui.org/app"
	"gioui.org/font/gofont"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/text"
	"gioui.org/widget/material"
)

func main() {
	state := os.Args[1]
	go worker()
	go run(state, new(app.Window))
	if state == "two" { // the other window goes on
		go run("idle", new(app.Window))
	}
	app.Main()
}

// worker has nothing to do with the windows.
func worker() {
	time.Sleep(time.Hour)
}

func run(state string, w *app.Window) {
	theme := material.NewTheme()
	theme.Shaper = text.NewShaper(text.NoSystemFonts(), text.WithCollection(gofont.Collection()))
	var ops op.Ops
	for frames := 0; ; frames++ {
		switch e := w.Event().(type) {
		case app.DestroyEvent:
			log.Fatal(e.Err)
		case app.FrameEvent:
			gtx := app.NewContext(&ops, e)
			gtx.Execute(op.InvalidateCmd{})
			if frames > 20 {
				switch state {
				case "idle":
					gtx = app.NewContext(&ops, e)
				case "two":
					compute()
				case "layout":
					long(gtx, theme)
				case "callback":
					layout.Flex{}.Layout(gtx, layout.Rigid(func(layout.Context) layout.Dimensions {
						compute()
						return layout.Dimensions{Size: image.Pt(1, 1)}
					}))
				}
			}
			e.Frame(gtx.Ops)
		}
	}
}

func compute() {
	time.Sleep(time.Hour)
}

// long shapes a text that is never done.
func long(gtx layout.Context, theme *material.Theme) {
	for n := 1; ; n++ {
		material.Body1(theme, strings.Repeat("one word more ", 1000*n)).Layout(gtx)
	}
}
