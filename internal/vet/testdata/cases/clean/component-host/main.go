// The host itself starts what is to outlive all generations.
package main

import (
	"time"

	"github.com/gomedic/gomedic/reload"
)

type clock struct{ now time.Time }

func main() {
	go serve()
	time.AfterFunc(time.Minute, func() {})
	reload.Register("clock", func(*reload.Scope) (*clock, error) { return &clock{}, nil })
}

func serve() {
	for {
		time.Sleep(time.Second)
	}
}
