package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-healthy-goroutines",
		Illness: "none: 20,000 goroutines wait for their sessions' next message, and the window shows a counter",
		Healthy: true,
		Short:   true,
	}, healthyGoroutines)
}

func session(messages <-chan string, seen *atomic.Int64) {
	for range messages {
		seen.Add(1)
	}
}

func healthyGoroutines(s *stage) func(layout.Context) layout.Dimensions {
	var seen atomic.Int64
	sessions := make([]chan string, 20_000)
	for i := range sessions {
		sessions[i] = make(chan string)
		go session(sessions[i], &seen)
	}
	go func() {
		for i := 0; ; i++ {
			sessions[i%len(sessions)] <- "hello"
			time.Sleep(time.Millisecond)
		}
	}()
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(100 * time.Millisecond)})
		return material.H4(s.theme, fmt.Sprint(seen.Load(), " messages")).Layout(gtx)
	}
}
