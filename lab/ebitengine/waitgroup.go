package main

import (
	"net"
	"sync"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-waitgroup",
		Illness: "Update waits for three loaders, one of which reads from a server that does not answer",
		ID:      []string{"ui-blocked/cond"},
		Where:   []string{"main.loadLevel"},
		Blocker: []string{"main.loadMap"},
		Short:   true,
	}, waitGroup)
}

func loadSounds() {}
func loadImages() {}

func loadMap(server string) {
	conn, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer conn.Close()
	conn.Read(make([]byte, 4096))
}

func loadLevel(server string) {
	var loaders sync.WaitGroup
	loaders.Add(3)
	go func() { defer loaders.Done(); loadSounds() }()
	go func() { defer loaders.Done(); loadImages() }()
	go func() {
		defer loaders.Done()
		loadMap(server)
	}()
	loaders.Wait()
}

func waitGroup(*stage) part {
	server := harness.SilentServer()
	return part{update: func(tick int) {
		if ill(tick) {
			loadLevel(server)
		}
	}}
}
