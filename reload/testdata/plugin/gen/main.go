// Package main is a generation; the test gives each a path and a number of its own.
package main

import (
	"context"
	"fmt"

	"github.com/gomedic/gomedic/reload"
	"github.com/gomedic/gomedic/reload/testdata/plugin/shared"
)

const number = 0

type row struct{ id int64 }

type model struct {
	Count int64
	rows  []*row
}

func init() {
	reload.Register("orders", func(s *reload.Scope) (shared.Component, error) {
		n := reload.NewState(s, "n", model{})
		n.Update(func(m model) model {
			return model{m.Count + 1, append(m.rows, &row{number})}
		})
		s.Go(func(ctx context.Context) { <-ctx.Done() })
		if number == 7 {
			panic("the seventh")
		}
		return func() string {
			ids := []int64{}
			for _, r := range n.Get().rows {
				ids = append(ids, r.id)
			}
			return fmt.Sprint(number, " ", n.Get().Count, " ", ids)
		}, nil
	})
}

func main() {}
