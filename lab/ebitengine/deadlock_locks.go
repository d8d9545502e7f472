package main

import (
	"sync"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-deadlock-locks",
		Illness: "Update locks the world and then the player, the network code the player and then the world",
		ID:      []string{"ui-deadlock"},
		Where:   []string{"main.(*match).step"},
		Blocker: []string{"main.(*match).receive"},
		Short:   true,
	}, deadlockLocks)
}

type match struct {
	world, player sync.Mutex
	x, y          int
}

func (m *match) step() {
	m.world.Lock()
	defer m.world.Unlock()
	time.Sleep(20 * time.Millisecond)
	m.player.Lock()
	defer m.player.Unlock()
	m.x++
}

func (m *match) receive() {
	m.player.Lock()
	defer m.player.Unlock()
	time.Sleep(40 * time.Millisecond)
	m.world.Lock()
	defer m.world.Unlock()
	m.y++
}

func deadlockLocks(*stage) part {
	m := &match{}
	return part{update: func(tick int) {
		if ill(tick) {
			go m.receive()
			time.Sleep(10 * time.Millisecond)
			m.step()
		}
	}}
}
