package main

import (
	"context"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-leak-context",
		Illness: "each request for a map tile gets a context that nobody cancels, and its worker waits until it is done",
		Leak:    true,
		ID:      []string{"leak/goroutine"},
		Chain:   []string{"main.(*tileRequest).watch"},
		Where:   []string{"main.(*tileRequest).watch"},
	}, program{build: leakContext})
}

type tileRequest struct {
	ctx    context.Context
	cancel context.CancelFunc
	body   []byte
}

// watch frees the request's body once the request is cancelled.
func (r *tileRequest) watch() {
	<-r.ctx.Done()
	r.body = nil
}

func requestTile() {
	ctx, cancel := context.WithCancel(context.Background())
	r := &tileRequest{ctx, cancel, make([]byte, 8<<10)}
	go r.watch()
}

func leakContext(s *stage) func() {
	n := 0
	return func() {
		if n++; s.Due() && n%3 == 0 {
			requestTile()
		}
	}
}
