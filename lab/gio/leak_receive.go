package main

import (
	"fmt"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-leak-receive",
		Illness: "each frame opens a feed of prices, drops it without closing it, and its reader waits for ever",
		Leak:    true,
		Short:   true,
		ID:      []string{"leak/goroutine"},
		Chain:   []string{"main.(*priceFeed).follow"},
		Where:   []string{"main.(*priceFeed).follow"},
	}, leakReceive)
}

type priceFeed struct {
	prices chan float64
	last   []float64
}

func (f *priceFeed) follow() {
	for price := range f.prices {
		f.last = append(f.last, price)
	}
}

func openFeed() *priceFeed {
	f := &priceFeed{make(chan float64), make([]float64, 0, 512)}
	go f.follow()
	return f
}

func leakReceive(s *stage) func(layout.Context) layout.Dimensions {
	s.Later(harness.Armed)
	n := 0
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(frameTime)})
		n++
		openFeed().prices <- float64(n)
		return material.H4(s.theme, fmt.Sprint("price ", n%10)).Layout(gtx)
	}
}
