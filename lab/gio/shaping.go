package main

import (
	"strings"

	"gioui.org/layout"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-shaping",
		Illness: "a whole log of 200 MB goes into one label, which shapes every glyph of it",
		ID:      []string{"ui-busy/layout"},
		Where:   []string{"main.showLog"},
		Short:   true,
	}, shaping)
}

func showLog(gtx layout.Context, s *stage, log string) layout.Dimensions {
	return material.Body1(s.theme, log).Layout(gtx)
}

func shaping(s *stage) func(layout.Context) layout.Dimensions {
	log := "nothing yet"
	longer := make(chan string, 1)
	s.Later(func() {
		longer <- strings.Repeat("the quick brown fox jumps over the lazy dog; ", 200<<20/45)
		s.window.Invalidate()
	})
	return func(gtx layout.Context) layout.Dimensions {
		select {
		case log = <-longer:
			harness.Armed()
		default:
		}
		return showLog(gtx, s, log)
	}
}
