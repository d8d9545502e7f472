package main

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-healthy-worker",
		Illness: "none: a worker waits for a silent server under a lock that only other workers want; the UI reads an atomic",
		Healthy: true,
	}, healthyWorker)
}

type account struct {
	mu    sync.Mutex
	state atomic.Value
}

func (a *account) refresh(server string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.Store("connecting")
	conn, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	conn.Read(make([]byte, 1))
	a.state.Store("connected")
}

func healthyWorker(s *stage) func(layout.Context) layout.Dimensions {
	a, server := &account{}, harness.SilentServer()
	a.state.Store("offline")
	for range 4 {
		go a.refresh(server)
	}
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(50 * time.Millisecond)})
		return material.H4(s.theme, a.state.Load().(string)).Layout(gtx)
	}
}
