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
		Name:    "fyne-two-locks",
		Illness: "a booking locks one account and waits for the other, which an audit holds while it waits for a server: no deadlock",
		ID:      []string{"ui-blocked/mutex"},
		Where:   []string{"main.book"},
		Blocker: []string{"main.(*cashAccount).audit"},
		Short:   true,
	}, twoLocks)
}

type cashAccount struct {
	mu    sync.Mutex
	cents int
}

func (a *cashAccount) audit(server string, begun chan<- struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(begun)
	if answer, err := http.Get("http://" + server + "/audit/" + strconv.Itoa(a.cents)); err == nil {
		answer.Body.Close()
	}
}

func book(from, to *cashAccount, cents int) {
	from.mu.Lock()
	defer from.mu.Unlock()
	to.mu.Lock()
	defer to.mu.Unlock()
	from.cents -= cents
	to.cents += cents
}

func twoLocks(s *stage) fyne.CanvasObject {
	till, bank, begun := &cashAccount{}, &cashAccount{}, make(chan struct{})
	go bank.audit(harness.SilentServer(), begun)
	<-begun
	button := widget.NewButton("Book", func() {
		harness.Armed()
		book(till, bank, 100)
	})
	s.Click(button)
	return container.NewVBox(button)
}
