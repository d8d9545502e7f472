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
		Name:    "gio-leak-append",
		Illness: "each frame appends the whole state to the history of an undo that nobody cuts",
		Leak:    true,
		ID:      []string{"leak/map"},
		Global:  "main.history",
		Type:    []string{"main.step", "[]*main.step"},
		Where:   []string{"main.noteStep"},
	}, leakAppend)
}

type step struct {
	number int
	state  []byte
}

var history []*step

//go:noinline
func noteStep(number int) {
	history = append(history, &step{number, make([]byte, 4<<10)})
}

func leakAppend(s *stage) func(layout.Context) layout.Dimensions {
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(frameTime)})
		noteStep(len(history))
		return material.H4(s.theme, fmt.Sprint(len(history)/1000, "000 steps")).Layout(gtx)
	}
}
