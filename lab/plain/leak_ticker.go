package main

import (
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-leak-ticker",
		Illness: "each connection has a goroutine with a ticker for its heartbeat, and closing the connection stops neither",
		Leak:    true,
		ID:      []string{"leak/timer"},
		Chain:   []string{"main.(*connection).heartbeat"},
		Where:   []string{"main.(*connection).heartbeat", "main.connect"},
	}, leakTicker)
}

type connection struct {
	beats  int
	buffer [4 << 10]byte
}

func (c *connection) heartbeat() {
	for range time.NewTicker(200 * time.Millisecond).C {
		c.beats++
	}
}

func connect() {
	go new(connection).heartbeat()
}

func leakTicker() {
	go func() {
		for range time.Tick(50 * time.Millisecond) {
			connect()
		}
	}()
	harness.Armed()
}
