// Package reload has what the cases use of the real one.
package reload

import (
	"context"
	"time"
)

type Scope struct{ ctx context.Context }

func (s *Scope) Context() context.Context       { return s.ctx }
func (s *Scope) Go(f func(ctx context.Context)) { go f(s.ctx) }
func (s *Scope) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}
func (s *Scope) Ticker(d time.Duration) *time.Ticker { return time.NewTicker(d) }

func Register[C any](name string, build func(*Scope) (C, error)) {}
