package main

import (
	"bufio"
	"os"

	"gioui.org/layout"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-pipe-read",
		Illness: "a frame reads the next line of a device file that says nothing",
		ID:      []string{"ui-blocked/disk"},
		Where:   []string{"main.(*gauge).read"},
	}, pipeRead)
}

type gauge struct{ lines *bufio.Reader }

func (g *gauge) read() string {
	line, _ := g.lines.ReadString('\n')
	return line
}

func pipeRead(s *stage) func(layout.Context) layout.Dimensions {
	device, err := os.Open(harness.FIFO(true))
	if err != nil {
		panic(err)
	}
	g, due := &gauge{bufio.NewReader(device)}, false
	s.Later(func() { due = true; s.window.Invalidate() })
	return func(gtx layout.Context) layout.Dimensions {
		shown := "no value"
		if due {
			harness.Armed()
			shown = g.read()
		}
		return material.H4(s.theme, shown).Layout(gtx)
	}
}
