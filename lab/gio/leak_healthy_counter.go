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
		Name:    "gio-leak-healthy-counter",
		Illness: "none: a counter shows a number that was never shown before, and Gio caches the layout of the last thousand texts",
		Leak:    true,
		Healthy: true,
	}, leakHealthyCounter)
}

func leakHealthyCounter(s *stage) func(layout.Context) layout.Dimensions {
	s.Later(harness.Armed)
	n := 0
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(frameTime)})
		n++
		return material.H4(s.theme, fmt.Sprint(n)).Layout(gtx)
	}
}
