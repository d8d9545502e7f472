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
		Name:    "gio-measured",
		Illness: "none: frames with a work of 0 to 7 ms in turn; with LAB_FRAMES=FILE it logs the times of each",
		Healthy: true,
	}, measured)
}

func measured(s *stage) func(layout.Context) layout.Dimensions {
	n := 0
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		n++
		harness.Work(harness.WorkOf(n))
		gtx.Execute(op.InvalidateCmd{})
		return material.H4(s.theme, fmt.Sprint("frame ", n)).Layout(gtx)
	}
}
