package main

import (
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-deadlock-mutex",
		Illness: "a job updates a label with fyne.DoAndWait under the lock that another update on the UI goroutine takes",
		ID:      []string{"ui-deadlock"},
		Where:   []string{"main.(*inbox).text"},
		Blocker: []string{"main.(*inbox).receive"},
	}, deadlockMutex)
}

type inbox struct {
	sync.Mutex
	letters []string
	label   *widget.Label
}

func (b *inbox) receive(letter string, slow time.Duration) {
	b.Lock()
	defer b.Unlock()
	b.letters = append(b.letters, letter)
	time.Sleep(slow)
	fyne.DoAndWait(func() { b.label.SetText(letter) })
}

func (b *inbox) text() string {
	b.Lock()
	defer b.Unlock()
	return strings.Join(b.letters, "\n")
}

func deadlockMutex(s *stage) fyne.CanvasObject {
	b := &inbox{label: widget.NewLabel("empty")}
	s.Later(func() {
		go b.receive("Dear Sir or Madam", 300*time.Millisecond)
		time.Sleep(100 * time.Millisecond)
		fyne.Do(func() {
			harness.Armed()
			b.label.SetText(b.text())
		})
	})
	return b.label
}
