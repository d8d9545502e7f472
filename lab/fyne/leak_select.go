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
		Name:    "fyne-leak-select",
		Illness: "the window asks for a new price each moment; a goroutine waits for the answer or for a stop, and neither ever comes",
		Leak:    true,
		ID:      []string{"leak/goroutine"},
		Chain:   []string{"main.(*question).wait"},
		Where:   []string{"main.(*question).wait"},
	}, leakSelect)
}

type question struct {
	answer, stop chan string
	draft        [2 << 10]byte
}

func (q *question) wait() {
	select {
	case a := <-q.answer:
		copy(q.draft[:], a)
	case <-q.stop:
	}
}

func leakSelect(s *stage) fyne.CanvasObject {
	shown, n := widget.NewLabel(""), 0
	s.Every(50*time.Millisecond, func() {
		n++
		go (&question{answer: make(chan string), stop: make(chan string)}).wait()
		shown.SetText(fmt.Sprint("question ", n))
	})
	return shown
}
