// A component starts a goroutine beside its scope.
package main

import (
	"time"

	"github.com/gomedic/gomedic/reload"
)

type clock struct{ now time.Time }

func newClock(*reload.Scope) (*clock, error) {
	c := &clock{}
	c.start()
	return c, nil
}

func (c *clock) start() {
	go c.run() // want "reload/leftover .*clock.*start starts go"
}

func (c *clock) run() {
	for {
		c.now = time.Now()
		time.Sleep(time.Second)
	}
}

func main() {
	reload.Register("clock", newClock)
}
