package main

import (
	"bufio"
	"net"

	"gioui.org/layout"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-select",
		Illness: "a frame waits in a select for a line or an error from a goroutine that reads a silent connection",
		ID:      []string{"ui-blocked/channel"},
		Where:   []string{"main.(*feed).next"},
		Blocker: []string{"main.(*feed).read"},
		Short:   true,
	}, selecting)
}

type feed struct {
	lines  chan string
	failed chan error
}

func (f *feed) read(server string) {
	conn, err := net.Dial("tcp", server)
	if err != nil {
		f.failed <- err
		return
	}
	for in := bufio.NewScanner(conn); in.Scan(); {
		f.lines <- in.Text()
	}
}

func (f *feed) next() string {
	select {
	case line := <-f.lines:
		return line
	case err := <-f.failed:
		return err.Error()
	}
}

func selecting(s *stage) func(layout.Context) layout.Dimensions {
	f := &feed{make(chan string), make(chan error)}
	go f.read(harness.SilentServer())
	shown, due := "nothing yet", false
	s.Later(func() { due = true; s.window.Invalidate() })
	return func(gtx layout.Context) layout.Dimensions {
		if due {
			harness.Armed()
			shown = f.next()
		}
		return material.H4(s.theme, shown).Layout(gtx)
	}
}
