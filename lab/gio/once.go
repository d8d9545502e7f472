package main

import (
	"net"
	"sync"

	"gioui.org/layout"
	"gioui.org/widget"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-once",
		Illness: "a click asks for the licence, which a prefetch already loads inside a sync.Once from a silent server",
		ID:      []string{"ui-blocked/mutex"},
		Where:   []string{"main.(*licence).holder"},
		Blocker: []string{"main.(*licence).fetch", "main.(*licence).holder", "main.(*licence).holder.func1", "main.(*licence).fetch-fm"},
		Short:   true,
	}, once)
}

type licence struct {
	once   sync.Once
	server string
	name   string
}

func (l *licence) fetch() {
	conn, err := net.Dial("tcp", l.server)
	if err != nil {
		return
	}
	defer conn.Close()
	answer := make([]byte, 100)
	n, _ := conn.Read(answer)
	l.name = string(answer[:n])
}

func (l *licence) holder() string {
	l.once.Do(l.fetch)
	return l.name
}

func once(s *stage) func(layout.Context) layout.Dimensions {
	l := &licence{server: harness.SilentServer()}
	go l.holder()
	var button widget.Clickable
	shown := "Licence"
	s.Click(200, 100)
	return func(gtx layout.Context) layout.Dimensions {
		if button.Clicked(gtx) {
			harness.Armed()
			shown = l.holder()
		}
		return material.Button(s.theme, &button, shown).Layout(gtx)
	}
}
