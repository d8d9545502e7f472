package main

import (
	"net"
	"sync"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-lock-queue",
		Illness: "fifty requests wait for a cache whose refill asks a silent server under the lock",
		ID:      []string{"ui-blocked/mutex"},
		Where:   []string{"main.(*cache).get"},
		Blocker: []string{"main.(*cache).refill"},
		Short:   true,
	}, lockQueue)
}

type cache struct {
	mu     sync.Mutex
	server string
	values map[string]string
}

func (c *cache) refill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	conn, err := net.Dial("tcp", c.server)
	if err != nil {
		return
	}
	defer conn.Close()
	answer := make([]byte, 64)
	if n, err := conn.Read(answer); err == nil {
		c.values["rate"] = string(answer[:n])
	}
}

func (c *cache) get(key string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.values[key]
}

func lockQueue() {
	c := &cache{server: harness.SilentServer(), values: make(map[string]string)}
	go c.refill()
	time.Sleep(50 * time.Millisecond)
	for range 50 {
		go c.get("rate")
	}
	time.AfterFunc(100*time.Millisecond, harness.Armed)
}
