package main

import (
	"fmt"
	"time"

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

func work(budget time.Duration) {
	for end := time.Now().Add(budget); time.Now().Before(end); {
	}
}

func measured(s *stage) func(layout.Context) layout.Dimensions {
	n := 0
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		n++
		work(time.Duration(n%8) * time.Millisecond)
		gtx.Execute(op.InvalidateCmd{})
		return material.H4(s.theme, fmt.Sprint("frame ", n)).Layout(gtx)
	}
}
