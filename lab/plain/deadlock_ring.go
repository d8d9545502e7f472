package main

import (
	"sync"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-deadlock-ring",
		Illness: "three transfers lock the account they take from and then the one they give to, in a ring",
		ID:      []string{"ui-deadlock"},
		Where:   []string{"main.transfer"},
		Blocker: []string{"main.transfer"},
		Short:   true,
	}, deadlockRing)
}

type balance struct {
	mu    sync.Mutex
	cents int
}

func transfer(from, to *balance, cents int) {
	from.mu.Lock()
	defer from.mu.Unlock()
	time.Sleep(20 * time.Millisecond)
	to.mu.Lock()
	defer to.mu.Unlock()
	from.cents, to.cents = from.cents-cents, to.cents+cents
}

func deadlockRing() {
	accounts := []*balance{{}, {}, {}}
	for i := range accounts {
		go transfer(accounts[i], accounts[(i+1)%len(accounts)], 100)
	}
	time.AfterFunc(100*time.Millisecond, harness.Armed)
}
