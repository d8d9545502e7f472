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
		Name:    "gio-healthy-popup",
		Illness: "none: a goroutine shows a message in a window of its own, closes it, and waits until it shows the next",
		Healthy: true,
	}, healthyPopup)
}

func messages() {
	theme := material.NewTheme()
	for i := 0; ; i++ {
		w := new(app.Window)
		w.Option(app.Title("message"), app.Size(unit.Dp(160), unit.Dp(80)))
		until := time.Now().Add(time.Second)
		var ops op.Ops
		for open := true; open; {
			switch e := w.Event().(type) {
			case app.DestroyEvent:
				open = false
			case app.FrameEvent:
				gtx := app.NewContext(&ops, e)
				gtx.Execute(op.InvalidateCmd{At: until})
				material.Body1(theme, fmt.Sprint("message ", i)).Layout(gtx)
				e.Frame(gtx.Ops)
				if gtx.Now.After(until) {
					w.Perform(system.ActionClose)
				}
			}
		}
		time.Sleep(1200 * time.Millisecond)
	}
}

func healthyPopup(s *stage) func(layout.Context) layout.Dimensions {
	s.Later(func() {
		harness.Armed()
		go messages()
	})
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(100 * time.Millisecond)})
		return material.H4(s.theme, gtx.Now.Format(time.TimeOnly)).Layout(gtx)
	}
}
