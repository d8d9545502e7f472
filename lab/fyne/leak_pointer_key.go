package main

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-leak-pointer-key",
		Illness: "a cache of laid out text has the message itself as its key: each message that is shown once stays with its text",
		Leak:    true,
		ID:      []string{"leak/map"},
		Global:  "main.formatted",
		Type:    []string{"main.mail", "map[*main.mail]string", "string"},
		Where:   []string{"main.format", "main.leakPointerKey.func1"},
	}, leakPointerKey)
}

type mail struct {
	number int
	body   []byte
}

var formatted = make(map[*mail]string)

// format gives each mail its text once.
//
//go:noinline
func format(m *mail) string {
	if formatted[m] == "" {
		formatted[m] = fmt.Sprintf("mail %d: %.20s", m.number, m.body)
	}
	return formatted[m]
}

func leakPointerKey(s *stage) fyne.CanvasObject {
	shown, n := widget.NewLabel(""), 0
	s.Every(50*time.Millisecond, func() {
		n++
		shown.SetText(format(&mail{n, make([]byte, 4<<10)}))
	})
	return shown
}
