package main

import (
	"fmt"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-healthy-scroll",
		Illness: "none: a list of a million rows scrolls in every frame",
		Healthy: true,
		Short:   true,
	}, healthyScroll)
}

func healthyScroll(s *stage) func(layout.Context) layout.Dimensions {
	list := layout.List{Axis: layout.Vertical}
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		list.Position.Offset += 3
		gtx.Execute(op.InvalidateCmd{})
		return list.Layout(gtx, 1_000_000, func(gtx layout.Context, i int) layout.Dimensions {
			return material.Body1(s.theme, fmt.Sprint("row ", i)).Layout(gtx)
		})
	}
}
