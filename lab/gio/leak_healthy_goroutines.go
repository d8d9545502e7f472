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
		Name:    "gio-leak-healthy-goroutines",
		Illness: "none: goroutines come, work for a second and go, some wait for a clock, and idle ones wait on a channel that the window holds",
		Leak:    true,
		Healthy: true,
	}, leakHealthyGoroutines)
}

func idleWorker(jobs <-chan func()) {
	for job := range jobs {
		job()
	}
}

func leakHealthyGoroutines(s *stage) func(layout.Context) layout.Dimensions {
	var ended atomic.Int64
	jobs := make(chan func(), 1)
	for range 50 {
		go idleWorker(jobs)
	}
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(frameTime)})
		go func() {
			time.Sleep(time.Second)
			ended.Add(1)
		}()
		select {
		case jobs <- func() { ended.Add(1) }:
		default:
		}
		return material.H4(s.theme, fmt.Sprint(ended.Load()/1000, "000 done")).Layout(gtx)
	}
}
