package main

import (
	"net/http"
	"strconv"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-rwmutex-http",
		Illness: "a button reads the ledger while the sync job holds its lock and waits for a server",
		ID:      []string{"ui-blocked/mutex"},
		Where:   []string{"main.(*ledger).balance"},
		Blocker: []string{"main.(*ledger).sync"},
		Short:   true,
	}, rwmutexHTTP)
}

type ledger struct {
	mu    sync.RWMutex
	total int
}

func (l *ledger) balance() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.total
}

func (l *ledger) sync(server string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if answer, err := http.Get("http://" + server + "/ledger"); err == nil {
		answer.Body.Close()
		l.total++
	}
}

func rwmutexHTTP(s *stage) fyne.CanvasObject {
	l := &ledger{}
	shown := widget.NewLabel("?")
	button := widget.NewButton("Balance", func() {
		harness.Armed()
		shown.SetText(strconv.Itoa(l.balance()))
	})
	go l.sync(harness.SilentServer())
	s.Click(button)
	return container.NewVBox(button, shown)
}
