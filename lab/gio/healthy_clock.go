package main

import (
	"time"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-healthy-clock",
		Illness: "none: a clock draws one frame a second and nothing between",
		Short:   true,
		Healthy: true,
	}, healthyClock)
}

func healthyClock(s *stage) func(layout.Context) layout.Dimensions {
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Truncate(time.Second).Add(time.Second)})
		return material.H2(s.theme, gtx.Now.Format(time.TimeOnly)).Layout(gtx)
	}
}
