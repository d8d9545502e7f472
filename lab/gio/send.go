package main

import (
	"net/http"

	"gioui.org/layout"
	"gioui.org/widget"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-send",
		Illness: "a click sends to an unbuffered channel whose only receiver is busy with a server that does not answer",
		ID:      []string{"ui-blocked/channel"},
		Where:   []string{"main.send.func1"},
		Blocker: []string{"main.(*mailer).work", "main.(*mailer).post"},
		Short:   true,
	}, send)
}

type mailer struct {
	server string
	out    chan string
}

func (m *mailer) work() {
	for letter := range m.out {
		m.post(letter)
	}
}

func (m *mailer) post(letter string) {
	if answer, err := http.Get("http://" + m.server + "/?" + letter); err == nil {
		answer.Body.Close()
	}
}

func send(s *stage) func(layout.Context) layout.Dimensions {
	m := &mailer{harness.SilentServer(), make(chan string)}
	go m.work()
	m.out <- "the first letter"
	var button widget.Clickable
	s.Click(200, 100)
	return func(gtx layout.Context) layout.Dimensions {
		for button.Clicked(gtx) {
			harness.Armed()
			m.out <- "the second letter"
		}
		return material.Button(s.theme, &button, "Send").Layout(gtx)
	}
}
