package main

import (
	"gioui.org/layout"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-idle",
		Illness: "none: a label waits for nothing",
		Healthy: true,
		Short:   true,
	}, idle)
}

func idle(s *stage) func(layout.Context) layout.Dimensions {
	s.Later(harness.Armed)
	return material.H3(s.theme, "Nothing to do").Layout
}
