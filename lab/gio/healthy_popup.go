package main

import (
	"fmt"
	"os"
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
	for i := 0; ; i++ {
		w := new(app.Window)
		w.Option(app.Title("message"), app.Size(unit.Dp(160), unit.Dp(80)))
		if err := showMessage(w, fmt.Sprint("message ", i)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		time.Sleep(1200 * time.Millisecond)
	}
}

func showMessage(w *app.Window, message string) error {
	theme := material.NewTheme()
	time.AfterFunc(time.Second, func() { w.Perform(system.ActionClose) })
	var ops op.Ops
	for {
		switch e := w.Event().(type) {
		case app.DestroyEvent:
			return e.Err
		case app.FrameEvent:
			material.Body1(theme, message).Layout(app.NewContext(&ops, e))
			e.Frame(&ops)
		}
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
