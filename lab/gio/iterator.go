package main

import (
	"bufio"
	"iter"
	"net"

	"gioui.org/layout"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-iterator",
		Illness: "a frame pulls the next line from an iterator that reads a silent connection",
		ID:      []string{"ui-blocked/network"},
		Where:   []string{"main.(*ticker).next"},
		Blocker: []string{"main.iterating.lines.func3", "main.lines.func1"},
	}, iterating)
}

func lines(server string) iter.Seq[string] {
	return func(yield func(string) bool) {
		conn, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer conn.Close()
		for in := bufio.NewScanner(conn); in.Scan(); {
			if !yield(in.Text()) {
				return
			}
		}
	}
}

type ticker struct {
	lines iter.Seq[string]
	pull  func() (string, bool)
}

func (t *ticker) next() string {
	if t.pull == nil {
		t.pull, _ = iter.Pull(t.lines) // on the goroutine that pulls: it is bound to its thread
	}
	line, ok := t.pull()
	if !ok {
		return "the end"
	}
	return line
}

func iterating(s *stage) func(layout.Context) layout.Dimensions {
	t, shown, due := &ticker{lines: lines(harness.SilentServer())}, "nothing yet", false
	s.Later(func() { due = true; s.window.Invalidate() })
	return func(gtx layout.Context) layout.Dimensions {
		if due {
			harness.Armed()
			shown = t.next()
		}
		return material.H4(s.theme, shown).Layout(gtx)
	}
}
