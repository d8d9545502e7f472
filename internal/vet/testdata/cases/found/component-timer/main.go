// A component starts timers beside its scope, in a literal and in a helper.
package main

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/reload"
)

type view struct{ blink bool }

func (v *view) later(d time.Duration) {
	time.AfterFunc(d, func() { v.blink = !v.blink }) // want "reload/leftover .*time.AfterFunc"
}

func main() {
	reload.Register("view", func(s *reload.Scope) (*view, error) {
		v := &view{}
		v.later(time.Second)
		for range time.Tick(time.Hour) { // want "reload/leftover .*time.Tick"
			break
		}
		context.AfterFunc(s.Context(), func() { v.blink = false }) // want "reload/leftover .*context.AfterFunc"
		return v, nil
	})
}
