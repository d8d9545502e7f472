package main

import (
	"sync"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/ebitenutil"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-captured-mutex",
		Illness: "Draw takes a lock that lives in a closure's variable, while the autosave sleeps between attempts under it",
		ID:      []string{"ui-blocked/mutex"},
		Where:   []string{"main.capturedMutex.func2"},
		Blocker: []string{"main.capturedMutex.func1"},
		Short:   true,
	}, capturedMutex)
}

func capturedMutex(*stage) part {
	var mu sync.Mutex
	status, saved := "not saved", false
	autosave := func(wait time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		for !saved {
			time.Sleep(wait)
		}
		status = "saved"
	}
	show := func(screen *ebiten.Image) {
		mu.Lock()
		defer mu.Unlock()
		ebitenutil.DebugPrint(screen, status)
	}
	return part{draw: show, update: func(tick int) {
		if ill(tick) {
			go autosave(10 * time.Second)
		}
	}}
}
