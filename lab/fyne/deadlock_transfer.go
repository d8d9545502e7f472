package main

import (
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "fyne-deadlock-transfer",
		Illness: "a button moves money from one account to another while a standing order moves it back: one function, two locks of one type",
		ID:      []string{"ui-deadlock"},
		Where:   []string{"main.(*account).pay"},
		Blocker: []string{"main.(*account).pay"},
	}, deadlockTransfer)
}

type account struct {
	sync.Mutex
	cents int
}

func (a *account) pay(to *account, cents int, checks time.Duration) {
	a.Lock()
	defer a.Unlock()
	time.Sleep(checks) // of the credit line
	to.Lock()
	defer to.Unlock()
	a.cents, to.cents = a.cents-cents, to.cents+cents
}

func deadlockTransfer(s *stage) fyne.CanvasObject {
	mine, yours := &account{cents: 100}, &account{cents: 200}
	button := widget.NewButton("Pay", func() {
		go yours.pay(mine, 20, 100*time.Millisecond)
		harness.Armed()
		mine.pay(yours, 10, 50*time.Millisecond)
	})
	s.Click(button)
	return button
}
