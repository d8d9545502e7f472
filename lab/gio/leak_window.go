package main

import (
	"fmt"
	"time"

	"gioui.org/app"
	"gioui.org/io/system"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/unit"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-leak-window",
		Illness: "a message opens in a window of its own, and after the window is gone its state stays in a map",
		Leak:    true,
		ID:      []string{"leak/window-closed"},
		Global:  "main.popups",
		Type:    []string{"main.popup", "map[int]*main.popup", "app.Window"},
	}, leakWindow)
}

// popup is the state of one window.
type popup struct {
	window *app.Window
	ops    op.Ops
	text   string
}

var popups = make(map[int]*popup)

func showPopup(theme *material.Theme, n int) {
	p := &popup{window: new(app.Window), text: fmt.Sprint("message ", n)}
	popups[n] = p
	p.window.Option(app.Title("message"), app.Size(unit.Dp(160), unit.Dp(80)))
	until := time.Now().Add(300 * time.Millisecond)
	for {
		switch e := p.window.Event().(type) {
		case app.DestroyEvent:
			return
		case app.FrameEvent:
			gtx := app.NewContext(&p.ops, e)
			gtx.Execute(op.InvalidateCmd{At: until})
			material.Body1(theme, p.text).Layout(gtx)
			e.Frame(gtx.Ops)
			if gtx.Now.After(until) {
				p.window.Perform(system.ActionClose)
			}
		}
	}
}

func leakWindow(s *stage) func(layout.Context) layout.Dimensions {
	s.Later(func() {
		harness.Armed()
		theme := material.NewTheme()
		for n := range 1 << 30 {
			showPopup(theme, n)
		}
	})
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(frameTime)})
		return material.H4(s.theme, gtx.Now.Format(time.TimeOnly)).Layout(gtx)
	}
}
