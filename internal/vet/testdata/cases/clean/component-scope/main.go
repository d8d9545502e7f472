// A component starts all it needs by its scope; one goroutine is accepted.
package main

import (
	"context"
	"time"

	"github.com/gomedic/gomedic/reload"
)

type clock struct{ now time.Time }

func main() {
	reload.Register("clock", func(s *reload.Scope) (*clock, error) {
		c := &clock{}
		s.Go(func(ctx context.Context) {
			for t := s.Ticker(time.Second); ; {
				select {
				case c.now = <-t.C:
				case <-ctx.Done():
					return
				}
			}
		})
		s.AfterFunc(time.Minute, func() { c.now = time.Time{} })
		//gomedic:ignore reload/leftover it is over at once
		go func() {}()
		return c, nil
	})
}
